"""Progress on its way from the executor to the store."""

import pytest
from workbench import Workbench, at_hour

from tasks_service.control.progress_board import ProgressBoard
from tasks_service.core.errors import StoreUnavailable
from tasks_service.core.progress import Progress


def begun(bench: Workbench) -> str:
    bench.commit(at_hour(hour=13))
    bench.pass_time("2026-11-23 13:00")
    bench.dispatcher.due(bench.job().job_uid)
    bench.step()
    [run] = bench.all_runs()
    return run.run_id


def kept(bench: Workbench, run_id: str) -> float | None:
    found = bench.stores.progress.of([run_id]).get(run_id)
    return found.done if found else None


def test_progress_is_written_once_a_second_and_the_newest_counts(bench: Workbench) -> None:
    run_id = begun(bench)
    bench.executor.tell_progress(run_id, 1, 10)
    bench.runner.flush()
    assert kept(bench, run_id) == 1

    bench.clock.advance(0.5)
    bench.executor.tell_progress(run_id, 2, 10)
    bench.executor.tell_progress(run_id, 3, 10)
    bench.runner.flush()
    assert kept(bench, run_id) == 1

    bench.clock.advance(0.5)
    bench.runner.flush()
    assert kept(bench, run_id) == 3


def test_the_last_progress_of_a_run_that_ended_is_written_at_once(bench: Workbench) -> None:
    run_id = begun(bench)
    bench.executor.tell_progress(run_id, 1)
    bench.runner.flush()
    bench.executor.tell_progress(run_id, 2)
    bench.executor.end(run_id)
    bench.runner.flush()
    assert kept(bench, run_id) == 2


class _Away:
    """A progress store that is away until it is told to be back."""

    def __init__(self) -> None:
        self.away = True
        self.kept: dict[str, Progress] = {}

    def keep(self, told: dict[str, Progress]) -> None:
        if self.away:
            raise StoreUnavailable("away")
        self.kept |= told

    def of(self, run_ids: list[str]) -> dict[str, Progress]:
        return self.kept


def test_progress_that_a_store_does_not_take_waits(bench: Workbench) -> None:
    store = _Away()
    board = ProgressBoard(clock=bench.clock, store=store)
    board.note("one", Progress(done=1, at=bench.clock.now()))
    with pytest.raises(StoreUnavailable):
        board.write()
    store.away = False
    board.write()
    assert store.kept["one"].done == 1
