"""What a run is told of its surroundings: its ending, and the success before it."""

from datetime import UTC, datetime

import pytest

from tasks_service.core.previous_success import PreviousSuccess
from tasks_service.core.run import RunResult, RunState

AWAITING = "print('here')\nawait job.context.ending.wait()\nresult['steps'] = 3"
POLLING = "import time\nprint('here')\nwhile not job.context.ending.is_set():\n    time.sleep(0.01)\n"
POLLING += "result['steps'] = 3"
THREAD = "import asyncio\ndef work():\n    import time\n    print('here')\n"
THREAD += "    while not job.context.ending.is_set():\n        time.sleep(0.01)\n    return 3\n"
THREAD += "result['steps'] = await asyncio.to_thread(work)"


def cancelled(sandbox, code: str, **fields) -> RunResult:
    run_id = sandbox.begin(code, limits={"grace_seconds": 10}, **fields)
    sandbox.recorder.wait_for_line(run_id, "here")
    sandbox.executor.cancel(run_id, "cancelled by ada")
    return sandbox.recorder.wait(run_id)


@pytest.mark.parametrize("code", [AWAITING, POLLING, THREAD], ids=["awaiting", "polling", "in a thread"])
def test_a_job_that_handles_its_ending_finishes_its_step_and_what_it_did_is_kept(sandbox, code):
    ended = cancelled(sandbox, code, job_type="patient_code")
    assert (ended.state, ended.signal, ended.result) == (RunState.CANCELLED, None, {"steps": 3})
    assert ended.error.message == "cancelled by ada"


def test_a_job_that_handles_its_ending_but_does_not_end_is_killed_after_the_grace(sandbox):
    code = "import asyncio\nawait asyncio.sleep(60)"
    ended = sandbox.run(code, job_type="patient_code", limits={"wall_seconds": 0.3, "grace_seconds": 0.3})
    assert (ended.state, ended.signal) == (RunState.TIMED_OUT, "SIGKILL")


def test_any_other_job_is_cancelled_and_may_ask_why(sandbox):
    code = "import asyncio\nprint('here', job.context.ending.is_set())\ntry:\n    await asyncio.sleep(60)\n"
    code += "finally:\n    print('ending', job.context.ending.is_set())"
    ended = cancelled(sandbox, code)
    assert (ended.state, ended.signal) == (RunState.CANCELLED, "SIGTERM")
    assert sandbox.text(ended.run_id) == ["here False", "ending True"]


def test_a_run_is_told_of_the_success_before_it(sandbox):
    moment = datetime(2029, 12, 31, tzinfo=UTC)
    before = PreviousSuccess(due_at=moment, finished_at=moment, result={"cursor": "é1"})
    code = "before = job.context.previous_success\nresult['before'] = before and before.result['cursor']"
    code += "\nresult['days'] = before and (job.context.due_at - before.due_at).days"
    assert sandbox.run(code, previous_success=before).result == {"before": "é1", "days": 1}
    assert sandbox.run(code).result == {"before": None, "days": None}
