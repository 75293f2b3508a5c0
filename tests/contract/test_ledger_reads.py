"""Contract of ``Ledger``: lists, counts and retention."""

import pytest
from builders import NOW
from ledger_rows import HOUR, create, ended, running, settle, skip, slot, start

from tasks_service.core.errors import InvalidInput
from tasks_service.core.run import Outcome, RunState
from tasks_service.core.stores import RunFilter, Stores


def finished(stores: Stores, hours: float, state: RunState = RunState.SUCCEEDED) -> str:
    run = running(stores, hours)
    stores.ledger.finish(ended(run, state), "me", slot(hours) + HOUR / 2)
    return run.run_id


def test_runs_are_listed_newest_first_by_state_job_and_time(stores: Stores) -> None:
    create(stores)
    good, bad = finished(stores, 1), finished(stores, 2, RunState.FAILED)

    def listed(**which: object) -> list[str]:
        return [r.run_id for r in stores.ledger.runs(RunFilter(**which)).items]  # type: ignore[arg-type]

    assert listed() == [bad, good]
    assert listed(states=frozenset({RunState.FAILED})) == [bad]
    assert listed(job_uid="uid-other") == []
    assert listed(since=slot(50)) == []


def test_pages_hold_everything_once_while_rows_are_added(stores: Stores) -> None:
    create(stores)
    ids = [finished(stores, n) for n in range(1, 8)]

    seen: list[str] = []
    cursor = None
    for _ in range(10):
        page = stores.ledger.runs(RunFilter(), limit=3, cursor=cursor)
        seen += [run.run_id for run in page.items]
        finished(stores, 10 + len(seen))
        if (cursor := page.next_cursor) is None:
            break

    assert seen == ids[::-1]


def test_a_cursor_that_is_none_is_refused(stores: Stores) -> None:
    with pytest.raises(InvalidInput):
        stores.ledger.runs(RunFilter(), cursor="nonsense")


def test_the_latest_runs_of_each_job(stores: Stores) -> None:
    create(stores, "nightly", "other")
    ids = [finished(stores, n) for n in range(1, 5)]
    [other] = settle(stores, start(slot(1)), uids=["uid-other"])

    latest = stores.ledger.latest_runs(["uid-nightly", "uid-other", "uid-none"], per_job=2)

    assert {uid: [r.run_id for r in runs] for uid, runs in latest.items()} == {
        "uid-nightly": [ids[3], ids[2]],
        "uid-other": [other.run_id],
    }


def test_the_newest_row_of_each_job_has_the_newest_due_time(stores: Stores) -> None:
    create(stores, "nightly", "other")
    finished(stores, 4)
    settle(stores, skip(slot(5), slot(7), 3, Outcome.MISSED_DOWN))
    settle(stores, start(slot(1)), uids=["uid-other"])

    newest = stores.ledger.newest_occurrences(["uid-nightly", "uid-other", "uid-none"])

    assert {uid: (row.due_at, row.count, row.outcome) for uid, row in newest.items()} == {
        "uid-nightly": (slot(5), 3, Outcome.MISSED_DOWN),
        "uid-other": (slot(1), 1, None),
    }


def test_occurrences_come_with_their_runs(stores: Stores) -> None:
    create(stores)
    settle(stores, skip(slot(1), slot(3), 3))
    run_id = finished(stores, 4)

    newest, oldest = stores.ledger.occurrences("uid-nightly").items

    assert [r.run_id for r in newest.runs] == [run_id]
    assert (oldest.due_at, oldest.until, oldest.count, oldest.runs) == (slot(1), slot(3), 3, ())


def test_counts_are_by_job_and_state_of_what_ended_in_the_span(stores: Stores) -> None:
    create(stores)
    for n in range(1, 4):
        finished(stores, n)
    finished(stores, 4, RunState.FAILED)

    counted = {c.state: (c.runs, c.seconds) for c in stores.ledger.counts(slot(2), slot(10))}

    assert counted == {RunState.SUCCEEDED: (2, 3600.0), RunState.FAILED: (1, 1800.0)}
    assert [r.due_at for r in stores.ledger.finished_between(slot(2), slot(10), 2)] == [slot(2), slot(3)]


def test_old_successes_are_forgotten_but_never_the_newest_nor_failures_before_them(stores: Stores) -> None:
    create(stores)
    finished(stores, 1, RunState.FAILED)
    for n in range(2, 8):
        finished(stores, n)

    gone = stores.ledger.forget(slot(6), keep_per_job=2, limit=100)

    left = stores.ledger.runs(RunFilter()).items
    assert gone >= 3
    assert RunState.FAILED in {run.state for run in left}
    assert {run.due_at for run in left} >= {slot(6), slot(7)}
    assert stores.ledger.forget(slot(0), keep_per_job=0, limit=100) == 0


def test_the_success_before_a_moment_is_the_one_that_was_due_last(stores: Stores) -> None:
    create(stores, "nightly", "other")
    for hours, state in ((1, RunState.SUCCEEDED), (2, RunState.SUCCEEDED), (3, RunState.FAILED)):
        finished(stores, hours, state)

    def due(before: float) -> float | None:
        found = stores.ledger.previous_success("uid-nightly", slot(before))
        return (found.due_at - NOW) / HOUR if found else None

    assert [due(hours) for hours in (1, 1.5, 2, 9)] == [None, 1, 1, 2]
    found = stores.ledger.previous_success("uid-nightly", slot(9))
    assert found is not None
    assert (found.finished_at, found.result) == (slot(2.5), {"n": 1})
    assert stores.ledger.previous_success("uid-other", slot(9)) is None
