"""The border of messages: whatever comes across it, a run has an outcome, nothing hangs, and the service goes on."""

import json
import os
import socket
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks_service.adapters.local_executor.run_channel import RunChannel
from tasks_service.core.child_protocol import BEGUN, ORDERS, Ready
from tasks_service.core.framing import frame
from tasks_service.core.run import Limits, RunRequest, RunResult, RunState
from tests.sandbox.conftest import FIND_ANSWER, Sandbox

LIMITS = Limits(wall_seconds=9, cpu_seconds=9, memory_bytes=2**27, processes=8, output_bytes=2**16, grace_seconds=0.2)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
MESSAGES = JSON | st.fixed_dictionaries({}, optional={"result": JSON, "error": JSON, "run_id": JSON, "state": JSON})
PAYLOADS = st.binary(max_size=200) | MESSAGES.map(lambda value: json.dumps(value).encode()) | st.just(BEGUN)
FRAMES = st.one_of(
    PAYLOADS.map(frame),
    st.tuples(PAYLOADS, st.integers(0, 40)).map(lambda cut: frame(cut[0])[: cut[1]]),
    st.binary(max_size=64),
    st.just(b"\xff\xff\xff\xff"),
    st.just(frame(b'{"result":' + b"[" * 2_000)),
)
STREAMS = st.lists(FRAMES, max_size=6).map(b"".join)

MISBEHAVE = (
    FIND_ANSWER
    + """
import signal, time
data = DATA
try:
    while data:
        data = data[os.write(answer, data):]
except OSError:
    pass
END
"""
)
ENDS = (
    "os._exit(0)",
    "os._exit(9)",
    "os.kill(os.getpid(), signal.SIGKILL)",
    "result = {'went': 'on'}",
    "os.close(answer)",
)


def channel() -> RunChannel:
    asked = RunRequest(
        run_id="run",
        job_id="job",
        job_type="code",
        parameters={},
        due_at=datetime(2030, 1, 1, tzinfo=UTC),
        attempt=1,
        limits=LIMITS,
    )
    return RunChannel(asked, None)


@given(STREAMS)
def test_whatever_a_supervisor_says_is_taken_as_a_result_or_as_its_end(said: bytes) -> None:
    run = channel()
    try:
        with socket.socket(fileno=os.dup(run.child_ends[0])) as theirs:
            theirs.sendall(said)
        run.close_child_ends()
        reads = 0
        while run.read_control():
            reads += 1
            assert reads <= 2 + len(said) // 1024
        assert run.result is None or isinstance(run.result, RunResult)
    finally:
        run.close()


@given(st.binary(max_size=300) | MESSAGES.map(lambda value: json.dumps(value).encode()))
def test_whatever_a_zygote_says_is_a_message_or_told_to_be_none(said: bytes) -> None:
    for read in (Ready.model_validate_json, ORDERS.validate_json):
        try:
            read(said)
        except ValidationError as error:
            assert error.error_count() >= 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=STREAMS, end=st.sampled_from(ENDS))
def test_whatever_a_job_process_says_its_run_has_an_outcome_and_the_next_one_works(
    shared_sandbox: Sandbox, said: bytes, end: str
) -> None:
    ended = shared_sandbox.run(MISBEHAVE.replace("DATA", repr(said)).replace("END", end), limits=LIMITS.model_dump())
    assert ended.state in (RunState.SUCCEEDED, RunState.FAILED)
    assert ended.state is RunState.SUCCEEDED or ended.error is not None
    after = shared_sandbox.run("result = {'works': True}")
    assert after.result == {"works": True}


@pytest.mark.parametrize("level", ["S1", "S3", "S4"])
def test_a_job_process_that_dies_in_the_middle_of_a_message_fails_its_run(sandbox: Sandbox, level: str) -> None:
    ended = sandbox.run(
        MISBEHAVE.replace("DATA", repr(frame(b'{"result": {}}')[:9])).replace("END", "os.kill(os.getpid(), 9)"),
        isolation=level,
    )
    assert ended.error is not None
    assert (ended.state, ended.error.type) == (RunState.FAILED, "KilledBySignal")
