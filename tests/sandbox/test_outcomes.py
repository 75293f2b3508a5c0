"""How runs end: one test per outcome, each with real processes."""

from pathlib import Path

import pytest

from tasks_service.core.run import RunState
from tests.sandbox.conftest import FIND_ANSWER

MIB = 1024 * 1024


def test_a_job_that_returns_succeeds_with_its_result_and_its_cost(sandbox):
    ended = sandbox.run("sum(range(3_000_000))\nblock = b'x' * 60_000_000\nresult = {'answer': 42}")
    assert (ended.state, ended.result, ended.error) == (RunState.SUCCEEDED, {"answer": 42}, None)
    assert (ended.exit_code, ended.signal) == (0, None)
    assert ended.cpu_seconds is not None and 0.02 < ended.cpu_seconds < 10
    assert ended.peak_memory_bytes is not None and 60 * MIB < ended.peak_memory_bytes < 200 * MIB
    assert sandbox.recorder.ends(ended.run_id) == 1


def test_an_exception_fails_the_run_with_only_the_frames_of_the_job(sandbox):
    ended = sandbox.run("def inner():\n    raise ValueError('no such user')\ninner()")
    assert ended.state is RunState.FAILED and ended.error is not None
    assert (ended.error.type, ended.error.message, ended.exit_code) == ("ValueError", "no such user", 1)
    assert "in inner" in ended.error.traceback
    for machinery in ("asyncio", "sandbox/child.py", "base_job.py"):
        assert machinery not in ended.error.traceback


def test_the_cause_of_an_exception_is_told_too(sandbox):
    ended = sandbox.run("try:\n    {}['user']\nexcept KeyError as error:\n    raise RuntimeError('import') from error")
    assert ended.error is not None
    assert ended.error.type == "RuntimeError"
    assert "KeyError: 'user'" in ended.error.traceback


def test_an_error_that_cannot_be_printed_is_still_a_failure(sandbox):
    ended = sandbox.run("class Odd(Exception):\n    def __str__(self):\n        raise OSError\nraise Odd")
    assert ended.error is not None
    assert (ended.state, ended.error.type) == (RunState.FAILED, "Odd")


def test_a_job_that_sleeps_past_its_timeout_is_timed_out(sandbox):
    ended = sandbox.run("import time\ntime.sleep(60)", limits={"wall_seconds": 0.5})
    assert ended.state is RunState.TIMED_OUT and ended.error is not None
    assert ended.error.message == "ran longer than 0.5 s"
    assert ended.signal == "SIGKILL"


def test_an_asynchronous_job_may_clean_up_when_its_time_is_over(sandbox):
    code = "import asyncio\ntry:\n    await asyncio.sleep(60)\nfinally:\n    print('cleaned up')"
    ended = sandbox.run(code, limits={"wall_seconds": 0.5, "grace_seconds": 10})
    assert (ended.state, ended.signal) == (RunState.TIMED_OUT, "SIGTERM")
    assert sandbox.text(ended.run_id) == ["cleaned up"]


def test_a_cancelled_run_says_why(sandbox):
    run_id = sandbox.begin("import asyncio\nprint('here')\nawait asyncio.sleep(60)")
    sandbox.recorder.wait_for_line(run_id, "here")
    sandbox.executor.cancel(run_id, "cancelled by ada: wrong day")
    ended = sandbox.recorder.wait(run_id)
    assert ended.state is RunState.CANCELLED and ended.error is not None
    assert ended.error.message == "cancelled by ada: wrong day"


def test_a_run_cancelled_at_once_ends_at_once(sandbox):
    run_id = sandbox.begin("import asyncio\nawait asyncio.sleep(60)")
    sandbox.executor.cancel(run_id, "never mind")
    assert sandbox.recorder.wait(run_id).state is RunState.CANCELLED


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [("import os\nos._exit(3)", 3), ("import sys\nsys.exit(4)", 4), ("import sys\nsys.exit('enough')", 1)],
)
def test_a_job_that_exits_fails_with_its_exit_code(sandbox, code, exit_code):
    ended = sandbox.run(code)
    assert ended.error is not None
    assert (ended.state, ended.error.type, ended.exit_code) == (RunState.FAILED, "Exited", exit_code)
    assert f"code {exit_code}" in ended.error.message


@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGTERM"])
def test_a_job_process_killed_by_a_signal_fails_with_its_name(sandbox, name):
    ended = sandbox.run(f"import os, signal, asyncio\nos.kill(os.getpid(), signal.{name})\nawait asyncio.sleep(5)")
    assert ended.error is not None
    assert (ended.state, ended.error.type, ended.signal) == (RunState.FAILED, "KilledBySignal", name)
    assert name in ended.error.message


GARBAGE = {
    "not_json": "b'\\x00\\x00\\x00\\x05hello'",
    "wrong_shape": "b'\\x00\\x00\\x00\\x0d{\"result\": 5}'",
    "neither": "frame(b'{}')",
    "announced_huge": "b'\\xff\\xff\\xff\\xff' + b'x' * 100_000",
    "deep": "frame(b'{\"result\":' + b'[' * 500_000)",
}
WRITE_ANSWER = (
    FIND_ANSWER
    + """
from tasks_service.core.framing import frame
data = DATA
try:
    while data:
        data = data[os.write(answer, data):]
finally:
    os._exit(0)
"""
)


@pytest.mark.parametrize("case", GARBAGE)
def test_a_job_process_that_answers_garbage_fails(sandbox, case):
    ended = sandbox.run(WRITE_ANSWER.replace("DATA", GARBAGE[case]))
    assert ended.error is not None
    assert (ended.state, ended.error.type) == (RunState.FAILED, "InvalidAnswer")


def test_a_truncated_answer_is_no_answer(sandbox):
    ended = sandbox.run(WRITE_ANSWER.replace("DATA", "b'\\x00\\x00\\x00\\x64{\"result\": '"))
    assert ended.error is not None
    assert (ended.state, ended.error.type, ended.exit_code) == (RunState.FAILED, "Exited", 0)


def test_a_result_that_is_too_large_fails_and_says_what_to_do(sandbox):
    ended = sandbox.run("result = {'users': 'x' * 5_000_000}")
    assert ended.error is not None
    assert ended.error.type == "ResultTooLarge"
    assert "store it" in ended.error.message


def test_a_result_that_is_no_json_fails(sandbox):
    ended = sandbox.run("result = {'when': object()}")
    assert ended.error is not None
    assert (ended.state, ended.error.type) == (RunState.FAILED, "UnusableResult")


def test_a_result_with_broken_text_is_kept_readable(sandbox):
    ended = sandbox.run("result = {'name': 'caf\\udce9', 'nul': 'a\\0b'}")
    assert ended.result == {"name": "caf?", "nul": "a␀b"}


def test_an_unknown_job_type_fails_with_its_name(sandbox):
    ended = sandbox.run("", job_type="nonsense", parameters={"a": 1})
    assert ended.error is not None
    assert ended.error.type == "UnknownJobType"
    assert "nonsense" in ended.error.message


def test_wrong_parameters_fail_with_their_names(sandbox):
    ended = sandbox.run("", parameters={"code": 5, "colour": "red"})
    assert ended.error is not None
    assert ended.error.type == "InvalidParameters"
    assert "code" in ended.error.message and "colour" in ended.error.message


def test_a_thread_left_behind_does_not_take_the_result_away(sandbox):
    code = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\nresult = {'done': True}"
    assert sandbox.run(code).result == {"done": True}


def test_the_working_directory_is_new_and_gone_afterwards(sandbox):
    code = "import os\nos.makedirs('a/b')\nos.chmod('a', 0)\nresult = {'cwd': os.getcwd(), 'home': os.environ['HOME']}"
    ended = sandbox.run(code)
    assert ended.result is not None
    assert ended.result["cwd"] == ended.result["home"]
    assert sandbox.data_dir in Path(ended.result["cwd"]).parents
    assert not Path(ended.result["cwd"]).exists()


def test_no_process_of_a_run_lives_when_its_end_is_told(sandbox):
    idle_supervisor = "import os\nos.sched_setscheduler(os.getppid(), os.SCHED_IDLE, os.sched_param(0))\nresult = {}"
    for _ in range(20):
        sandbox.run(idle_supervisor)
        assert not sandbox.survivors()


def test_fifty_runs_at_once_all_finish(sandbox):
    runs = [sandbox.begin(f"import asyncio\nawait asyncio.sleep(0.2)\nresult = {{'n': {n}}}") for n in range(50)]
    assert sandbox.executor.running() == frozenset(runs)
    assert [sandbox.recorder.wait(run_id).result for run_id in runs] == [{"n": n} for n in range(50)]


def test_a_job_of_the_package_runs_as_well(sandbox):
    ended = sandbox.run("", job_type="command", parameters={"argv": ["echo", "hello"]})
    assert ended.state is RunState.SUCCEEDED, ended
    assert "hello" in sandbox.text(ended.run_id)


def test_the_start_of_a_run_is_measured_and_what_cannot_be_true_is_not_kept(sandbox):
    measured = sandbox.run("pass").start_seconds
    assert measured is not None and 0 < measured < 30
    failed = sandbox.run("raise ValueError").start_seconds
    assert failed is not None and 0 < failed < 30
    for lie in ("0.5", "1e300"):
        data = f'frame(b\'{{"result": {{}}, "began": {lie}}}\')'
        assert sandbox.run(WRITE_ANSWER.replace("DATA", data)).start_seconds is None
