"""Limits of the whole process tree, and that nothing below a run outlives it."""

import os
import signal
import sys
from pathlib import Path

import pytest

from tasks_service.core.run import RunError, RunState
from tasks_service.sandbox.answer import Answer
from tasks_service.sandbox.verdict import Ending, verdict
from tests.sandbox.conftest import request

MIB = 1024 * 1024

STUBBORN = """
import os, signal, time
def stubborn():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(1)
def start(*steps):
    if os.fork() == 0:
        for step in steps:
            step()
        stubborn()
def twice():
    if os.fork():
        os._exit(0)
start()
start(os.setsid)
start(os.setsid, twice)
start(twice, os.setsid, twice)
"""


def test_children_that_ignore_term_and_flee_do_not_outlive_a_timeout(sandbox):
    ended = sandbox.run(STUBBORN + "stubborn()", limits={"wall_seconds": 0.5})
    assert ended.state is RunState.TIMED_OUT
    assert not sandbox.survivors()


def test_children_left_behind_are_killed_and_the_result_stands(sandbox):
    ended = sandbox.run(STUBBORN + "result = {'started': 4}")
    assert (ended.state, ended.result) == (RunState.SUCCEEDED, {"started": 4})
    assert not sandbox.survivors()


def test_a_stopped_child_does_not_outlive_its_run(sandbox):
    ended = sandbox.run("import os, signal\nif os.fork() == 0:\n    os.kill(os.getpid(), signal.SIGSTOP)")
    assert ended.state is RunState.SUCCEEDED
    assert not sandbox.survivors()


def test_one_process_that_reserves_2_gb_is_refused(sandbox):
    ended = sandbox.run("block = bytearray(2_000_000_000)")
    assert ended.error is not None
    assert (ended.state, ended.error.type) == (RunState.FAILED, "MemoryLimitExceeded")
    assert "512 MiB" in ended.error.message


def test_one_process_that_grows_to_2_gb_is_killed(sandbox):
    ended = sandbox.run("blocks = []\nwhile len(blocks) < 200:\n    blocks.append(b'x' * 10_000_000)")
    assert ended.error is not None
    assert (ended.state, ended.error.type) == (RunState.FAILED, "MemoryLimitExceeded")
    assert ended.peak_memory_bytes is not None and ended.peak_memory_bytes < 1000 * MIB


def test_four_processes_of_200_mib_are_more_than_512_mib(sandbox):
    code = (
        "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n"
        "        block = b'x' * (200 * 1024 * 1024)\n        time.sleep(30)\ntime.sleep(30)"
    )
    ended = sandbox.run(code)
    assert ended.error is not None
    assert (ended.state, ended.error.type) == (RunState.FAILED, "MemoryLimitExceeded")
    assert ended.error.message.startswith("killed: 512 MiB exceeded (peak ")


CARELESS = (
    "import subprocess, sys\n"
    "glutton = 'blocks = [bytearray(64 * 2**20) for _ in range(32)]'\n"
    "ended = subprocess.run([sys.executable, '-c', glutton])\n"
)
"""A job whose program takes 2 GB; it hears of the end of it, and lives on."""


def test_a_job_that_lives_on_after_one_of_its_processes_ran_out_of_memory_is_told_so(sandbox):
    ended = sandbox.run(CARELESS + "if ended.returncode: raise RuntimeError('the program failed')")
    assert ended.error is not None
    if (ended.isolation or "").endswith("+R"):  # The kernel counts, kills the largest process, and says so.
        assert (ended.state, ended.error.type) == (RunState.FAILED, "MemoryLimitExceeded")
        assert "512 MiB exceeded" in ended.error.message
    else:  # The program is refused the memory, and that is the job's to tell.
        assert (ended.state, ended.error.type) == (RunState.FAILED, "RuntimeError")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(error=RunError(type="CommandFailed", message="ended by SIGKILL", traceback="line 3")),
        Answer(result={"rows": 3}),
        None,
    ],
    ids=["an error", "a result", "silence"],
)
def test_what_the_kernel_killed_for_memory_is_the_outcome_whatever_the_job_says(answer):
    ended = verdict(request(""), Ending(answer=answer, status=0, out_of_memory=True), 600 * MIB)
    assert ended.error is not None
    assert (ended.state, ended.error.type) == (RunState.FAILED, "MemoryLimitExceeded")
    assert ended.error.message == "killed: 512 MiB exceeded (peak 600 MiB)"
    assert ended.error.traceback == (answer.error.traceback if answer and answer.error else "")


def test_memory_that_processes_share_counts_once(sandbox):
    code = (
        "import os, time\nblock = b'x' * (250 * 1024 * 1024)\nfor _ in range(3):\n    if os.fork() == 0:\n"
        "        time.sleep(0.4)\n        os._exit(0)\ntime.sleep(0.4)\nresult = {'size': len(block)}"
    )
    ended = sandbox.run(code)
    assert ended.state is RunState.SUCCEEDED, ended.error


def test_a_fork_bomb_is_stopped_by_the_process_limit(sandbox):
    code = (
        "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nfor _ in range(400):\n"
        "    if os.fork() == 0:\n        os.setsid()\n        time.sleep(60)\n    time.sleep(0.002)\ntime.sleep(60)"
    )
    ended = sandbox.run(code, limits={"processes": 20})
    assert ended.error is not None
    assert (ended.state, ended.error.type) == (RunState.FAILED, "ProcessLimitExceeded")
    assert not sandbox.survivors()


def test_spinning_past_the_cpu_limit_is_stopped(sandbox):
    ended = sandbox.run("while True: pass", limits={"cpu_seconds": 0.5})
    assert ended.error is not None
    assert (ended.state, ended.error.type) == (RunState.FAILED, "CpuLimitExceeded")
    assert ended.cpu_seconds is not None and 0.5 <= ended.cpu_seconds < 3


def test_the_cpu_time_of_children_that_have_ended_counts(sandbox):
    code = (
        "import os, time\nwhile True:\n    if os.fork() == 0:\n        end = time.process_time() + 0.1\n"
        "        while time.process_time() < end: pass\n        os._exit(0)\n    os.wait()"
    )
    ended = sandbox.run(code, limits={"cpu_seconds": 0.5})
    assert ended.error is not None
    assert ended.error.type == "CpuLimitExceeded"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("resource.getrlimit(resource.RLIMIT_CORE)", [0, 0]),
        ("resource.getrlimit(resource.RLIMIT_NOFILE)[0] <= 1024", True),
        ("resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY", True),
        ("[l for l in open('/proc/self/status') if l.startswith('NoNewPrivs')]", ["NoNewPrivs:\t1\n"]),
        ("os.getsid(0) == os.getpid() == os.getpgid(0)", True),
        ("sorted(map(int, os.listdir('/proc/self/fd')))[:3]", [0, 1, 2]),
    ],
)
def test_a_job_process_is_limited_and_apart(sandbox, expression, value):
    assert sandbox.run(f"import os, resource\nresult = {{'v': {expression}}}").result == {"v": value}


def test_a_job_holds_no_descriptor_of_the_service(sandbox):
    code = (
        "import os\n"
        "opened = [os.readlink(f'/proc/self/fd/{n}') for n in (0, 1, 2)]\n"
        "result = {'open': opened, 'n': len(os.listdir('/proc/self/fd'))}"
    )
    ended = sandbox.run(code)
    assert ended.result is not None
    assert ended.result["open"][0] == "/dev/null"
    assert ended.result["n"] <= 3 + 1 + 1 + 3 + 1  # the standard three, answer, progress, the loop's own, the listing


def test_a_killed_job_process_fails_its_run(sandbox):
    run_id = sandbox.begin("import asyncio\nprint('here')\nawait asyncio.sleep(60)")
    sandbox.recorder.wait_for_line(run_id, "here")
    os.kill(sandbox.job(), signal.SIGKILL)
    assert sandbox.recorder.wait(run_id).signal == "SIGKILL"


def test_a_killed_supervisor_loses_its_run_and_leaves_nothing(sandbox):
    run_id = sandbox.begin(STUBBORN + "print('here')\nstubborn()")
    sandbox.recorder.wait_for_line(run_id, "here")
    os.kill(sandbox.supervisor(), signal.SIGKILL)
    ended = sandbox.recorder.wait(run_id)
    assert ended.state is RunState.LOST and ended.error is not None
    assert ended.error.type == "Lost"
    assert sandbox.run("result = {'still': 'working'}").result == {"still": "working"}


def test_a_stopped_supervisor_does_not_stop_the_executor(sandbox):
    run_id = sandbox.begin("import time\nprint('here')\ntime.sleep(60)")
    sandbox.recorder.wait_for_line(run_id, "here")
    os.kill(sandbox.supervisor(), signal.SIGSTOP)
    assert sandbox.run("result = {'still': 'working'}").result == {"still": "working"}
    os.kill(sandbox.supervisor(), signal.SIGKILL)
    assert sandbox.recorder.wait(run_id).state is RunState.LOST


def test_a_killed_zygote_is_replaced_and_the_runs_under_way_go_on(sandbox):
    run_id = sandbox.begin("import asyncio\nprint('here')\nawait asyncio.sleep(1)\nresult = {'went': 'on'}")
    sandbox.recorder.wait_for_line(run_id, "here")
    first = sandbox.zygote
    os.kill(first, signal.SIGKILL)
    after = [sandbox.begin(f"result = {{'n': {n}}}") for n in range(5)]
    assert [sandbox.recorder.wait(later).result for later in after] == [{"n": n} for n in range(5)]
    assert sandbox.recorder.wait(run_id).result == {"went": "on"}
    assert sandbox.zygote != first


def test_the_interpreter_of_the_zygote_is_our_own(sandbox):
    assert Path(f"/proc/{sandbox.zygote}/exe").resolve() == Path(sys.executable).resolve()


def test_jobs_give_way_to_the_service(sandbox):
    ended = sandbox.run("import os\nresult = {'nice': os.nice(0)}")
    assert ended.result == {"nice": os.nice(0) + 5}


def test_too_many_open_files_are_told_with_their_limit(sandbox):
    ended = sandbox.run("held = [open('/dev/null') for _ in range(3000)]")
    assert "a process of a run may have 1024 files open" in ended.error.message


def test_a_file_that_grows_too_large_is_told_with_its_limit(sandbox):
    beyond = "import os, signal\nf = os.open('large', os.O_CREAT | os.O_WRONLY)\n"
    refused = sandbox.run(beyond + "os.ftruncate(f, 5 * 1024**3)")
    assert "a file of a run may have 4 GiB" in refused.error.message
    killed = sandbox.run(beyond + "signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\nos.pwrite(f, b'xx', 4 * 1024**3)\n")
    assert (killed.error.type, killed.error.message) == ("FileSizeLimitExceeded", "killed: a file of more than 4 GiB")
