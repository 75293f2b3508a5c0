"""Contract of ``Ledger``: the life of a run."""

from concurrent.futures import ThreadPoolExecutor

from builders import make_live, make_manifest
from databases import opened
from ledger_rows import create, ended, held, rows, running, settle, slot, start

from tasks_service.core.plan import Delete
from tasks_service.core.run import RunError, RunResult, RunState
from tasks_service.core.stores import Stores


def test_a_queued_run_is_started_by_one_of_many(stores: Stores, database_url: str) -> None:
    create(stores)
    [run] = settle(stores, start(slot(1)))

    def begin(owner: int) -> bool:
        with opened(database_url) as own:
            return own.ledger.start(run.run_id, f"owner{owner}", "node", slot(1)) is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(begin, range(8))) == 1
    started = stores.ledger.run(run.run_id)
    assert started is not None
    assert (started.state, started.started_at) == (RunState.RUNNING, slot(1))


def test_a_result_is_kept_whole_and_closes_the_occurrence(stores: Stores) -> None:
    create(stores)
    run = running(stores)
    error = RunError(type="ValueError", message="no", traceback="File …\n")
    result = RunResult(
        run_id=run.run_id,
        state=RunState.FAILED,
        result={"done": [1, "é\u2028"]},
        error=error,
        exit_code=3,
        cpu_seconds=1.25,
        peak_memory_bytes=2**40,
        output_bytes=200_000_000,
    )

    done = stores.ledger.finish(result, "me", slot(2), reason="no")

    assert done == stores.ledger.run(run.run_id)
    assert done is not None
    assert (done.state, done.error, done.result, done.exit_code) == (
        RunState.FAILED,
        error,
        {"done": [1, "é\u2028"]},
        3,
    )
    assert (done.cpu_seconds, done.peak_memory_bytes, done.output_bytes) == (1.25, 2**40, 200_000_000)
    assert done.duration_seconds == 3600
    assert rows(stores) == [(1.0, "failed", 1)]
    assert stores.ledger.occurrences("uid-nightly").items[0].reason == "no"


def test_a_run_is_finished_only_once_and_only_by_its_owner(stores: Stores) -> None:
    create(stores)
    run = running(stores, owner="first")

    assert stores.ledger.finish(ended(run), "second", slot(2)) is None
    assert stores.ledger.finish(ended(run, RunState.LOST), "first", slot(2)) is not None
    assert stores.ledger.finish(ended(run), "first", slot(3)) is None

    assert rows(stores) == [(1.0, "lost", 1)]


def test_a_retry_keeps_the_occurrence_open_and_counts_the_attempts(stores: Stores) -> None:
    create(stores)
    run = running(stores)

    stores.ledger.finish(ended(run, RunState.FAILED), "me", slot(2), slot(3))

    assert rows(stores) == [(1.0, "open", 1)]
    assert stores.ledger.ready(slot(2.5), 10) == []
    [again] = stores.ledger.ready(slot(3), 10)
    assert (again.attempt, again.due_at, again.slot) == (2, run.due_at, run.slot)
    stores.ledger.start(again.run_id, "me", "node", slot(3))
    stores.ledger.finish(ended(again), "me", slot(4))
    assert rows(stores) == [(1.0, "succeeded", 1)]


def test_only_the_oldest_run_of_a_job_is_ready_and_none_beside_a_running_one(stores: Stores) -> None:
    create(stores)
    first, _ = settle(stores, start(slot(1)), start(slot(2)))

    assert [r.run_id for r in stores.ledger.ready(slot(3), 10)] == [first.run_id]
    stores.ledger.start(first.run_id, "me", "node", slot(3))
    assert stores.ledger.ready(slot(3), 10) == []

    manual = stores.ledger.enqueue_manual(held(stores), "m", {}, "ann", "", slot(3))
    assert [r.run_id for r in stores.ledger.ready(slot(3), 10)] == [manual.run_id]


def test_overlapping_runs_of_a_job_that_allows_them_are_all_ready(stores: Stores) -> None:
    create(stores, manifest=make_manifest(policy={"overlap": "allow"}))

    settle(stores, start(slot(1)), start(slot(2)))

    assert [r.due_at for r in stores.ledger.ready(slot(3), 10)] == [slot(1), slot(2)]
    assert len(stores.ledger.ready(slot(3), 1)) == 1


def test_a_run_that_was_sent_to_a_worker_is_ready_again_only_after_a_while(stores: Stores) -> None:
    create(stores)
    [run] = settle(stores, start(slot(1)))

    stores.ledger.sent([run.run_id], slot(2))
    stores.ledger.sent([], slot(5))

    assert stores.ledger.ready(slot(3), 10, sent_before=slot(2)) == []
    assert [r.run_id for r in stores.ledger.ready(slot(3), 10, sent_before=slot(2.1))] == [run.run_id]
    assert [r.run_id for r in stores.ledger.ready(slot(3), 10)] == [run.run_id]


def test_a_started_run_comes_with_the_manifest_of_that_moment(stores: Stores) -> None:
    [job] = create(stores)
    [run] = settle(stores, start(slot(1)))

    started = stores.ledger.start(run.run_id, "me", "node", slot(1))

    assert started is not None
    assert (started.run, started.manifest) == (stores.ledger.run(run.run_id), job.manifest)
    assert stores.ledger.start(run.run_id, "you", "node", slot(1)) is None


def test_runs_of_other_owners_are_orphans(stores: Stores) -> None:
    create(stores)
    run = running(stores, owner="dead")

    assert [r.run_id for r in stores.ledger.orphans({"me"})] == [run.run_id]
    assert [r.run_id for r in stores.ledger.orphans(())] == [run.run_id]
    assert stores.ledger.orphans({"me", "dead"}) == []


def test_a_queued_run_is_cancelled_and_then_never_starts(stores: Stores) -> None:
    create(stores)
    [run] = settle(stores, start(slot(1)))

    assert stores.ledger.cancel_queued(run.run_id, "ann", "wrong day", slot(1))
    assert not stores.ledger.cancel_queued(run.run_id, "ann", "", slot(1))

    assert not stores.ledger.start(run.run_id, "me", "node", slot(1))
    assert rows(stores) == [(1.0, "cancelled", 1)]


def test_a_running_run_is_asked_to_end_and_its_owner_hears_of_it(stores: Stores) -> None:
    create(stores)
    run = running(stores)

    assert stores.ledger.request_cancel(run.run_id, "ann", "wrong day")
    [asked] = stores.ledger.running_of("me")

    assert (asked.cancel_requested_by, asked.cancel_reason) == ("ann", "wrong day")
    assert stores.ledger.running_of("other") == []
    stores.ledger.finish(ended(run, RunState.CANCELLED), "me", slot(2))
    assert stores.ledger.running_of("me") == []
    assert not stores.ledger.request_cancel(run.run_id, "ann", "")


def test_a_deleted_jobs_queued_runs_end_cancelled_and_its_running_one_goes_on(stores: Stores) -> None:
    create(stores)
    run = running(stores)
    settle(stores, start(slot(2)))

    stores.inventory.apply([Delete(job=make_live())], slot(3), {})

    assert rows(stores) == [(1.0, "open", 1), (2.0, "cancelled", 1)]
    assert stores.ledger.finish(ended(run), "me", slot(4)) is not None
