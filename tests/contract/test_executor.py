"""The contract of ``Executor``: one suite for the fake and for real processes, then what only real ones can show."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest
from house import wait_for
from recorder import Recorder
from stages import FakeStage, LocalStage, Stage, command, local_stage

from tasks_service.adapters.local_executor import LocalExecutor
from tasks_service.adapters.local_executor.executor import SandboxUnavailable
from tasks_service.adapters.system_clock import SystemClock
from tasks_service.core.confinement import Confinement
from tasks_service.core.run import RunResult, RunState


def executor_with_pipes(relay: Callable[[str], socket.socket] | None, folder: Path) -> LocalExecutor:
    """Its runs may write to the pipes by which a test leads them."""
    return LocalExecutor(SystemClock(), relay, folder, confinement=Confinement(writable=(str(folder / "pipes"),)))


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStage]:
    folder = tmp_path_factory.mktemp("executor")
    with local_stage(executor_with_pipes(None, folder), folder / "pipes") as stage:
        yield stage


@pytest.fixture(scope="module", params=["fake", "local"])
def shared(request: pytest.FixtureRequest) -> Stage:
    if request.param == "fake":
        fake = FakeStage()
        fake.executor.start(fake.recorder)
        return fake
    local: LocalStage = request.getfixturevalue("local")
    return local


@pytest.fixture
def stage(shared: Stage) -> Iterator[Stage]:
    """An executor that is started, with nothing under way."""
    yield shared
    for run_id in shared.executor.running():
        shared.executor.cancel(run_id, "the test is over")
    wait_for("the last run to end", lambda: not shared.executor.running())


@contextmanager
def stopped(stage: Stage, drain_seconds: float = 0) -> Iterator[None]:
    """The executor is stopped meanwhile, and started again."""
    stage.executor.stop(drain_seconds)
    try:
        yield
    finally:
        stage.executor.start(stage.recorder)


def begin(stage: Stage) -> str:
    request = stage.request()
    stage.executor.submit(request)
    return request.run_id


def reason(ended: RunResult) -> str:
    return ended.error.message if ended.error else ""


@pytest.mark.parametrize("state", [RunState.SUCCEEDED, RunState.FAILED])
def test_a_run_is_under_way_until_its_end_is_told_once(stage: Stage, state: RunState) -> None:
    run_id = begin(stage)
    assert stage.executor.running() == {run_id}

    stage.end(run_id, state)

    assert stage.recorder.wait(run_id).state is state
    assert stage.executor.running() == frozenset()
    assert stage.recorder.ends(run_id) == 1


def test_what_a_run_prints_is_told_in_order_while_it_goes_on(stage: Stage) -> None:
    run_id = begin(stage)
    stage.print(run_id, "first")
    stage.recorder.wait_for_line(run_id, "first")
    assert stage.executor.running() == {run_id}

    stage.print(run_id, "second")
    stage.end(run_id)

    told = [(line.seq, line.stream, line.text) for line in stage.recorder.lines(run_id)]
    assert told == [(1, "stdout", "first"), (2, "stdout", "second")]


def test_runs_do_not_mix(stage: Stage) -> None:
    one, other = begin(stage), begin(stage)
    stage.print(other, "of the other")
    stage.print(one, "of the one")
    stage.end(other)
    assert stage.executor.running() == {one}

    stage.end(one)

    assert [line.text for line in stage.recorder.lines(one)] == ["of the one"]
    assert [line.text for line in stage.recorder.lines(other)] == ["of the other"]


def test_a_cancelled_run_ends_once_with_the_reason(stage: Stage) -> None:
    run_id = begin(stage)
    stage.print(run_id, "here")
    stage.recorder.wait_for_line(run_id, "here")

    stage.executor.cancel(run_id, "wrong day")
    stage.executor.cancel(run_id, "and again")

    ended = stage.recorder.wait(run_id)
    assert (ended.state, reason(ended)) == (RunState.CANCELLED, "wrong day")
    assert stage.recorder.ends(run_id) == 1


def test_a_run_that_is_cancelled_at_once_ends_as_well(stage: Stage) -> None:
    run_id = begin(stage)

    stage.executor.cancel(run_id, "never mind")

    assert stage.recorder.wait(run_id).state is RunState.CANCELLED


def test_to_cancel_what_is_not_under_way_is_no_error(stage: Stage) -> None:
    run_id = begin(stage)
    stage.end(run_id)

    stage.executor.cancel(run_id, "too late")
    stage.executor.cancel("unheard of", "never begun")

    assert (stage.recorder.wait(run_id).state, stage.recorder.ends(run_id)) == (RunState.SUCCEEDED, 1)
    assert stage.recorder.ends("unheard of") == 0


def test_a_run_is_not_begun_twice(stage: Stage) -> None:
    request = stage.request()
    stage.executor.submit(request)

    with pytest.raises(ValueError, match=request.run_id):
        stage.executor.submit(request)

    stage.end(request.run_id)
    assert stage.recorder.ends(request.run_id) == 1


def test_every_submitted_run_has_ended_when_stop_returns(stage: Stage) -> None:
    runs = [begin(stage) for _ in range(5)]

    with stopped(stage):
        ends = [(stage.recorder.ends(run_id), stage.recorder.wait(run_id, 0)) for run_id in runs]

    assert {(times, ended.state, reason(ended)) for times, ended in ends} == {
        (1, RunState.CANCELLED, "the service is stopping")
    }


def test_a_stopped_executor_refuses_runs_by_ending_them(stage: Stage) -> None:
    with stopped(stage):
        run_id = begin(stage)
        assert stage.executor.running() == frozenset()

    assert (stage.recorder.wait(run_id).state, stage.recorder.ends(run_id)) == (RunState.CANCELLED, 1)


def test_a_stopped_executor_can_be_started_again(stage: Stage) -> None:
    with stopped(stage):
        pass

    run_id = begin(stage)
    stage.end(run_id)

    assert stage.recorder.wait(run_id).state is RunState.SUCCEEDED


def test_the_sandbox_is_known_once_started(stage: Stage) -> None:
    info = stage.executor.sandbox()

    assert info.level.removesuffix("+R") in {"S1", "S2", "S3", "S4"}
    assert info.facts


def test_runs_come_and_go_from_many_threads(stage: Stage) -> None:
    def begin_and_cancel(_: int) -> str:
        run_id = begin(stage)
        stage.executor.cancel(run_id, "enough")
        return run_id

    with ThreadPoolExecutor(4) as threads:
        runs = list(threads.map(begin_and_cancel, range(12)))

    assert {stage.recorder.wait(run_id).state for run_id in runs} == {RunState.CANCELLED}
    assert {stage.recorder.ends(run_id) for run_id in runs} == {1}


def refuses(stage: Stage) -> bool:
    """Whether the executor is stopping."""
    run_id = begin(stage)
    stage.executor.cancel(run_id, "it was only a question")
    return reason(stage.recorder.wait(run_id)) == "the service is stopping"


def test_runs_that_end_in_time_are_not_cancelled_by_a_stop(local: LocalStage) -> None:
    run_id = begin(local)
    local.print(run_id, "here")
    with ThreadPoolExecutor(1) as threads:
        stopping = threads.submit(local.executor.stop, 30)
        wait_for("the executor to stop", lambda: refuses(local))
        local.end(run_id)
        stopping.result()
        local.executor.start(local.recorder)

    assert local.recorder.wait(run_id).state is RunState.SUCCEEDED


def zygotes() -> list[psutil.Process]:
    """At most one, but for the moment in which one takes the place of another."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            if "tasks_service.sandbox.zygote" in child.cmdline():
                found.append(child)
    return found


def test_a_zygote_that_dies_again_and_again_costs_no_run(local: LocalStage) -> None:
    for _ in range(3):
        wait_for("a zygote", zygotes)[0].kill()
        run_id = begin(local)
        local.end(run_id)
        assert local.recorder.wait(run_id).state is RunState.SUCCEEDED


def test_a_stop_without_a_zygote_ends_the_runs_that_wait_for_one(local: LocalStage) -> None:
    wait_for("a zygote", zygotes)[0].kill()
    run_id = begin(local)

    with stopped(local):
        assert local.recorder.wait(run_id, 0).state is RunState.CANCELLED


def test_a_listener_that_fails_does_not_stop_the_executor(tmp_path: Path) -> None:
    class Failing(Recorder):
        def finished(self, result: RunResult) -> None:
            super().finished(result)
            raise OSError("the ledger is full")

    executor = LocalExecutor(SystemClock(), None, tmp_path)
    recorder = Failing()
    executor.start(recorder)
    for run_id in ("first", "second"):
        executor.submit(command(run_id, "true"))
        assert recorder.wait(run_id).state is RunState.SUCCEEDED
    executor.stop(0)


def test_an_executor_that_was_stopped_before_its_start_starts(tmp_path: Path) -> None:
    executor, recorder = LocalExecutor(SystemClock(), None, tmp_path), Recorder()
    executor.stop(0)
    executor.start(recorder)

    executor.submit(command("run", "true"))

    assert recorder.wait("run").state is RunState.SUCCEEDED
    executor.stop(0)


def test_a_sandbox_that_cannot_start_says_why_instead_of_keeping_everybody_waiting(tmp_path: Path) -> None:
    broken = tmp_path / "tasks_service" / "__init__.py"
    broken.parent.mkdir()
    broken.write_text("raise ImportError('this installation is broken')")
    executor = LocalExecutor(SystemClock(), None, tmp_path / "data", import_path=[str(tmp_path)])

    with pytest.raises(SandboxUnavailable, match="this installation is broken"):
        executor.start(Recorder())


@contextmanager
def relaying(folder: Path, relay: object) -> Iterator[LocalStage]:
    with local_stage(executor_with_pipes(relay, folder), folder / "pipes") as stage:  # type: ignore[arg-type]
        yield stage


def test_a_run_inherits_the_relay_that_was_made_for_it_and_nobody_keeps_it(tmp_path: Path) -> None:
    ours: dict[str, socket.socket] = {}

    def relay(run_id: str) -> socket.socket:
        ours[run_id], theirs = socket.socketpair()
        ours[run_id].settimeout(10)
        return theirs

    with relaying(tmp_path, relay) as stage:
        one, other = begin(stage), begin(stage)
        stage.print(other, "here")
        stage.end(one)

        assert ours[one].recv(1) == b""
        ours[other].setblocking(False)
        with pytest.raises(BlockingIOError):
            ours[other].recv(1)
        stage.end(other)
    for end in ours.values():
        end.close()


def test_a_run_whose_relay_cannot_be_made_fails_and_says_so(tmp_path: Path) -> None:
    def broken(run_id: str) -> socket.socket:
        raise OSError("no more sockets")

    with relaying(tmp_path, broken) as stage:
        ended = stage.recorder.wait(begin(stage))

    assert (ended.state, reason(ended)) == (RunState.FAILED, "the run cannot begin: no more sockets")


def test_no_descriptor_is_lost_over_many_runs(local: LocalStage) -> None:
    def round_of_runs() -> int:
        for run_id in [begin(local) for _ in range(4)]:
            local.end(run_id)
        return len(list(Path("/proc/self/fd").iterdir()))

    first = round_of_runs()

    assert [round_of_runs(), round_of_runs()] == [first, first]
