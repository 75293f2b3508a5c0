"""Progress from real job processes: live, never in the way of anything, and believed only as far as it is a report."""

import pytest

from tasks_service.core.run import RunState

SLATE = """
import os, zlib

def _link(fd):
    try:
        return os.readlink(f'/proc/self/fd/{fd}')
    except OSError:
        return ''

(slate,) = (fd for fd in map(int, os.listdir('/proc/self/fd')) if 'memfd:progress' in _link(fd))
"""


def test_progress_arrives_while_the_job_still_runs(sandbox):
    run_id = sandbox.begin("import asyncio\njob.context.progress(3, 10, 'sending')\nawait asyncio.sleep(60)")
    told = sandbox.recorder.wait_for_progress(run_id, 3)
    assert (told.done, told.total, told.text) == (3, 10, "sending")
    assert told.at.tzinfo is not None
    assert run_id in sandbox.executor.running()
    sandbox.executor.cancel(run_id, "seen")


def test_the_newest_of_many_reports_counts_and_the_last_one_always_comes(sandbox):
    ended = sandbox.run("for n in range(20_001):\n    job.context.progress(n, 20_000)")
    told = sandbox.recorder.told(ended.run_id)
    assert told[-1].done == 20_000
    assert len(told) <= 40
    assert [one.done for one in told] == sorted(one.done for one in told)


def test_the_last_report_of_a_job_that_is_killed_comes_too(sandbox):
    ended = sandbox.run("import os\njob.context.progress(7, text='the last')\nos.kill(os.getpid(), 9)")
    assert ended.signal == "SIGKILL"
    assert [(one.done, one.total, one.text) for one in sandbox.recorder.told(ended.run_id)] == [(7, None, "the last")]


def test_threads_and_forked_processes_may_tell_progress(sandbox):
    code = "import asyncio, os\nawait asyncio.to_thread(job.context.progress, 1, 2)\n"
    code += "if (pid := os.fork()) == 0:\n    job.context.progress(2, 2)\n    os._exit(0)\nos.waitpid(pid, 0)"
    assert sandbox.recorder.told(sandbox.run(code).run_id)[-1].done == 2


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        ("'3'", "TypeError: done must be a number, not str"),
        ("True", "TypeError: done must be a number, not bool"),
        ("-1", "ValueError: done must be a finite number from 0 on"),
        ("float('nan')", "ValueError: done must be a finite number from 0 on"),
        ("10 ** 400", "ValueError: done must be a finite number from 0 on"),
        ("1, float('inf')", "ValueError: total must be a finite number from 0 on"),
        ("1, 2, b'x'", "TypeError: text must be a string, not bytes"),
    ],
)
def test_what_is_no_progress_fails_the_job_with_a_sentence(sandbox, call, sentence):
    ended = sandbox.run(f"job.context.progress({call})")
    assert ended.state is RunState.FAILED
    assert f"{ended.error.type}: {ended.error.message}" == sentence
    assert sandbox.recorder.told(ended.run_id) == []


def test_a_huge_text_is_cut_and_an_unreadable_one_made_readable(sandbox):
    ended = sandbox.run("job.context.progress(1, text='x' * 50_000_000)")
    assert sandbox.recorder.told(ended.run_id)[-1].text == "x" * 200
    ended = sandbox.run(r"job.context.progress(1, text='a\x1b[31m\u202eb\ud800\x00')")
    assert ended.state is RunState.SUCCEEDED
    assert sandbox.recorder.told(ended.run_id)[-1].text == "a�[31m�b?␀"


def test_secrets_are_masked_in_the_text(sandbox):
    ended = sandbox.run(
        "job.context.progress(1, text='key ' + job.context.secrets['PLUGIN_SECRET'])",
        secrets={"PLUGIN_SECRET": "sesame-open-now"},
    )
    assert "sesame" not in sandbox.recorder.told(ended.run_id)[-1].text


@pytest.mark.parametrize(
    "text",
    [
        "b'garbage'",
        "b'{\"done\":NaN}\\n'",
        "b'{\"done\":1e999}\\n'",
        "b'{\"done\":-1}\\n'",
        'b\'{"done":"1"}\\n\'',
        'b\'{"done":1,"stray":2}\\n\'',
        "b'{\"done\":1,\"text\":\"' + b'x' * 3000 + b'\"}\\n'",
        "b'[' * 4000 + b'\\n'",
        "b'\\xff' * 4088",
    ],
)
def test_garbage_on_the_slate_is_dropped_and_harms_nothing(sandbox, text):
    code = f"{SLATE}text = {text}\nos.pwrite(slate, b'%08x' % zlib.crc32(text) + text, 0)"
    ended = sandbox.run(code)
    assert ended.state is RunState.SUCCEEDED, ended.error
    assert sandbox.recorder.told(ended.run_id) == []


def test_the_slate_can_be_neither_grown_nor_shrunk(sandbox):
    code = f"{SLATE}\nfor size in (0, 1 << 30):\n    try:\n        os.ftruncate(slate, size)\n"
    code += "    except PermissionError:\n        print('refused')\njob.context.progress(1)"
    ended = sandbox.run(code)
    assert sandbox.text(ended.run_id) == ["refused", "refused"]
    assert sandbox.recorder.told(ended.run_id)[-1].done == 1


def test_a_program_that_the_job_starts_does_not_inherit_the_slate(sandbox):
    ended = sandbox.run("import subprocess\nsubprocess.run(['sh', '-c', 'ls -l /proc/self/fd'])")
    assert not any("memfd" in line for line in sandbox.text(ended.run_id))
