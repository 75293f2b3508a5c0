"""Contract of the ledger's looks back: the rows around a moment, what was under way, where a job began to fail."""

from datetime import timedelta

from builders import NOW
from ledger_rows import create, ended, held, running, settle, skip, slot, start

from tasks_service.core.run import RunState
from tasks_service.core.stores import Stores

UID = "uid-nightly"


def test_the_rows_around_a_moment_are_found(stores: Stores) -> None:
    create(stores)
    run = running(stores, hours=1)
    stores.ledger.finish(ended(run), "me", slot(1.1))
    settle(stores, skip(slot(2), slot(4), 3))
    stores.ledger.enqueue_manual(held(stores), "by-hand", {}, "ann", "", slot(4.25))
    settle(stores, start(slot(5)))

    def around(hours: float) -> list[float | None]:
        found = stores.ledger.neighbourhood(UID, slot(hours))
        return [(r.due_at - NOW) / timedelta(hours=1) if r else None for r in (found.before, found.row, found.after)]

    assert around(0.5) == [None, None, 1]
    assert around(1) == [None, 1, 2]
    assert around(1.5) == [1, None, 2]
    assert around(3) == [1, 2, 5]
    assert around(4.5) == [2, None, 5]
    assert around(9) == [5, None, None]
    [asked] = stores.ledger.neighbourhood(UID, slot(4.25) - timedelta(seconds=59)).by_hand
    assert [r.run_id for r in asked.runs] == ["by-hand"]
    found = stores.ledger.neighbourhood(UID, slot(1)).row
    assert found is not None
    assert [r.state for r in found.runs] == [RunState.SUCCEEDED]


def test_the_runs_under_way_at_a_moment_are_found(stores: Stores) -> None:
    create(stores)
    first = running(stores, hours=1)
    stores.ledger.finish(ended(first), "me", slot(2))
    [second] = settle(stores, start(slot(3)), at=slot(3))

    assert stores.ledger.under_way_at(UID, NOW - timedelta(seconds=1)) == []
    assert [r.run_id for r in stores.ledger.under_way_at(UID, slot(1.5))] == [first.run_id]
    assert stores.ledger.under_way_at(UID, slot(2)) == []
    assert [r.run_id for r in stores.ledger.under_way_at(UID, slot(4))] == [second.run_id]


def test_a_job_turned_where_it_first_failed_after_its_newest_success(stores: Stores) -> None:
    create(stores, "nightly", "other")
    order = [RunState.FAILED, RunState.SUCCEEDED, RunState.CANCELLED, RunState.FAILED, RunState.TIMED_OUT]
    ids = []
    for hour, state in enumerate(order, 1):
        [run] = settle(stores, start(slot(hour)), at=slot(hour))
        stores.ledger.start(run.run_id, "me", "node", slot(hour))
        stores.ledger.finish(ended(run, state), "me", slot(hour + 0.5))
        ids.append(run.run_id)

    found = stores.ledger.turning_points([UID, "uid-other", "nobody"])

    assert {uid: (turn.success.run_id, turn.failure.run_id) for uid, turn in found.items()} == {UID: (ids[1], ids[3])}
    assert stores.ledger.turning_points([UID], until=slot(4)) == {}
