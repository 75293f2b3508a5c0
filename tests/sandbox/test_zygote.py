"""The zygote keeps up with the code of job types, and leaves alone those that must not be loaded beforehand."""

import shutil
from pathlib import Path

import pytest

from tasks_service.core.run import RunState
from tests.sandbox.conftest import PLUGIN, running, until


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """Job types that a test may change."""
    return Path(shutil.copytree(PLUGIN, tmp_path / "plugin"))


def rewrite(plugin: Path, old: str, new: str) -> None:
    file = plugin / "code_jobs.py"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_changed_code_is_run_by_the_next_runs_and_runs_under_way_end_with_theirs(tmp_path: Path, plugin: Path) -> None:
    with running(tmp_path / "data", plugin) as sandbox:
        first = sandbox.zygote
        under_way = sandbox.begin("import asyncio\nprint('here')\nawait asyncio.sleep(2.5)\nresult = {'went': 'on'}")
        sandbox.recorder.wait_for_line(under_way, "here")
        rewrite(plugin, 'return names["result"]', 'return names["result"] | {"new": True}')
        until(lambda: (sandbox.run("pass").result or {}).get("new"))
        assert sandbox.recorder.wait(under_way).result == {"went": "on"}
        until(lambda: not Path(f"/proc/{first}").exists())


def test_code_that_is_broken_by_a_change_fails_the_runs_of_its_type_with_the_reason(
    tmp_path: Path, plugin: Path
) -> None:
    with running(tmp_path / "data", plugin) as sandbox:
        rewrite(plugin, "class Code(", "class Code(((")
        ended = until(lambda: (end := sandbox.run("pass")).error and end)
        assert ended.error.type == "UnknownJobType"
        assert "SyntaxError" in ended.error.message
        rewrite(plugin, "class Code(((", "class Code(")
        until(lambda: sandbox.run("pass").state is RunState.SUCCEEDED)


def test_a_type_that_is_not_preloaded_runs_in_a_fresh_interpreter(tmp_path: Path, plugin: Path) -> None:
    rewrite(plugin, '    JOB_NAME = "Code"', '    JOB_NAME = "Code"\n    PRELOAD = False')
    code = (
        "import os, sys\nresult.update(pid=os.getpid(), argv=sys.orig_argv[-3:-1], word=os.environ['PLUGIN_SECRET'],"
        " home=os.environ['HOME'] == str(job.context.workdir), here=os.getcwd() == str(job.context.workdir))"
    )
    secrets = {"PLUGIN_SECRET": "hush-hush-hush"}
    with running(tmp_path / "data", plugin, withheld=("code",)) as sandbox:
        ended = sandbox.run(code, fresh_interpreter=True, secrets=secrets)
        assert ended.state is RunState.SUCCEEDED, ended.error
        assert ended.isolation.startswith("S3")
        result = ended.result or {}
        assert result["argv"] == ["-m", "tasks_service.sandbox.fresh"]
        assert (result["home"], result["here"], result["word"]) == (True, True, "***")
        unloaded = sandbox.run("pass")
        assert unloaded.error is not None and unloaded.error.type == "UnknownJobType"


def test_a_fresh_interpreter_is_limited_and_cancelled_like_any_run(tmp_path: Path, plugin: Path) -> None:
    with running(tmp_path / "data", plugin, withheld=("code",)) as sandbox:
        ended = sandbox.run("import time\ntime.sleep(60)", fresh_interpreter=True, limits={"wall_seconds": 2})
        assert ended.state is RunState.TIMED_OUT
        ended = sandbox.run("open('/etc/passwd', 'a')", fresh_interpreter=True)
        assert ended.error is not None and ended.error.type == "PermissionError"
        assert sandbox.workdirs() == []
