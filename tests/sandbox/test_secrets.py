"""What a job can see, and what nobody else may see."""

import os
from pathlib import Path

import pytest

from tasks_service.core.run import BotApi, RunState

SECRET = "hunter2-very-secret"


def test_no_process_shows_a_secret_in_its_environment_or_its_command_line(sandbox):
    run_id = sandbox.begin(
        "import asyncio\nprint('here')\nawait asyncio.sleep(60)",
        secrets={"PLUGIN_SECRET": SECRET},
        bot_api=BotApi(key="key-of-the-bot-api"),
    )
    sandbox.recorder.wait_for_line(run_id, "here")
    for pid in sandbox.processes():
        for name in ("environ", "cmdline"):
            shown = Path(f"/proc/{pid}/{name}").read_bytes()
            assert SECRET.encode() not in shown
            assert b"only-the-service-knows" not in shown
            assert b"key-of-the-bot-api" not in shown
    sandbox.executor.cancel(run_id, "seen enough")
    sandbox.recorder.wait(run_id)


def test_the_environment_of_a_job_holds_its_secrets_and_nothing_of_the_service(sandbox):
    ended = sandbox.run(
        "import os, subprocess\nresult = {'names': sorted(os.environ), 'tz': os.environ['TZ'],"
        "'mine': len(job.context.secrets['PLUGIN_SECRET']), 'others': sorted(job.context.secrets),"
        "'env': subprocess.run(['env'], capture_output=True, text=True).stdout.count('only-the-service-knows')}",
        secrets={"PLUGIN_SECRET": SECRET, "TASKS_SECRET_A": "a-value"},
    )
    assert ended.result == {
        "names": ["HOME", "LANG", "PATH", "PLUGIN_SECRET", "TASKS_SECRET_A", "TMPDIR", "TZ"],
        "tz": "UTC",
        "mine": len(SECRET),
        "others": ["PLUGIN_SECRET"],
        "env": 0,
    }


def test_a_reference_in_a_parameter_is_expanded_in_the_child(sandbox):
    ended = sandbox.run(
        "",
        parameters={"code": "result = {'length': len(job.params.note)}", "note": "<${TASKS_SECRET_A}>"},
        secrets={"TASKS_SECRET_A": SECRET},
    )
    assert ended.result == {"length": len(SECRET) + 2}


def test_a_reference_to_a_secret_that_is_not_set_fails_with_its_name(sandbox):
    ended = sandbox.run("", parameters={"code": "pass", "note": "${TASKS_SECRET_MISSING}"})
    assert ended.error is not None
    assert ended.error.type == "SecretMissing"
    assert "TASKS_SECRET_MISSING" in ended.error.message


def test_an_error_about_parameters_does_not_show_a_secret(sandbox):
    ended = sandbox.run(
        "", parameters={"code": ["${TASKS_SECRET_A}"], "${x}": "${TASKS_SECRET_A}"}, secrets={"TASKS_SECRET_A": SECRET}
    )
    assert ended.error is not None
    assert ended.error.type == "InvalidParameters"
    assert SECRET not in str(ended)


def test_secrets_are_masked_in_output_result_and_error(sandbox):
    secrets = {"PLUGIN_SECRET": SECRET}
    read = "import os, sys, asyncio\nsecret = os.environ['PLUGIN_SECRET']\n"
    told = sandbox.run(
        read + "for c in 'token=' + secret + '.\\n':\n    sys.stdout.write(c)\n    sys.stdout.flush()\n"
        "    await asyncio.sleep(0.005)\nprint(secret, file=sys.stderr)\n"
        "result = {'a': [secret], secret: {'b': 'x' + secret}}",
        secrets=secrets,
    )
    assert told.result == {"a": ["***"], "***": {"b": "x***"}}
    assert sorted(sandbox.text(told.run_id)) == ["***", "token=***."]
    coloured = sandbox.run(
        read
        + "spelt = '\\x1b[1m'.join(secret) + '\\x1b[m'\nprint(spelt)\nresult = {'a': spelt}\nraise ValueError(spelt)",
        secrets=secrets,
    )
    assert sandbox.text(coloured.run_id) == ["***"]
    assert coloured.error is not None
    assert coloured.error.message == "***"
    failed = sandbox.run(read + "raise ValueError(f'bad {secret}')", secrets=secrets)
    assert failed.error is not None
    assert failed.error.message == "bad ***"
    assert SECRET not in str(failed)


@pytest.mark.parametrize("room", ["settings", "control", "adapters", "api", "pages", "app", "cli", "__main__"])
def test_a_job_cannot_import_the_rest_of_the_service(sandbox, room):
    ended = sandbox.run(f"import tasks_service.{room}")
    assert ended.error is not None
    assert (ended.state, ended.error.type) == (RunState.FAILED, "ImportError")
    assert f"tasks_service.{room}" in ended.error.message


def test_a_job_process_has_loaded_nothing_of_stores_or_schedulers(sandbox):
    code = (
        "import sys\nresult = {'loaded': sorted(m for m in sys.modules if m.split('.')[0] in"
        " ('sqlalchemy', 'apscheduler', 'starlette', 'loguru') or m.startswith('tasks_service.adapters'))}"
    )
    assert sandbox.run(code).result == {"loaded": []}


def test_the_memory_of_the_service_is_hidden_from_jobs(sandbox):
    if os.geteuid() == 0:
        assert Path("/proc/self/environ").stat().st_uid == 0
    ended = sandbox.run("import ctypes\nresult = {'dumpable': ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)}")
    assert ended.result == {"dumpable": 0}
