"""Contract of ``Ledger``: backfills take the slots of the past that nothing ran for, and give way to all other runs."""

from dataclasses import replace

import pytest
from builders import make_manifest
from ledger_rows import create, ended, held, rows, running, settle, skip, slot, start

from tasks_service.core.backfill import backfill_of, gaps
from tasks_service.core.errors import Conflict
from tasks_service.core.run import Outcome, Run, RunState, Trigger
from tasks_service.core.stores import Stores

BY_ANN = backfill_of("ann", "outage")
HOURLY = make_manifest(schedule={"trigger": "interval", "hours": 1})


def fill(stores: Stores, *hours: float, at: float = 9) -> list[Run]:
    return stores.ledger.reclaim(held(stores), [slot(hour) for hour in hours], BY_ANN, slot(at))


def ready(stores: Stores, at: float, sent_before: float | None = None) -> list[Run]:
    return stores.ledger.ready(slot(at), 50, slot(sent_before) if sent_before is not None else None)


def begin(stores: Stores, run: Run, at: float = 9) -> None:
    assert stores.ledger.start(run.run_id, "me", "node", slot(at))


def test_slots_of_any_gap_and_slots_without_a_row_are_taken(stores: Stores) -> None:
    create(stores, manifest=HOURLY)
    settle(stores, skip(slot(1), slot(3), 3, Outcome.MISSED_DOWN), skip(slot(4), slot(4), 1, Outcome.COALESCED))
    settle(stores, start(slot(5)))

    queued = fill(stores, -1, 0, 2, 4)

    assert [(run.due_at, run.trigger, run.actor) for run in queued] == [
        (slot(hour), Trigger.BACKFILL, "ann") for hour in (-1, 0, 2, 4)
    ]
    assert rows(stores) == [
        *[(-1.0, "open", 1), (0.0, "open", 1), (1.0, "missed_down", 1), (2.0, "open", 1)],
        *[(3.0, "missed_down", 1), (4.0, "open", 1), (5.0, "open", 1)],
    ]
    assert stores.ledger.occurrences("uid-nightly").items[-1].reason == "backfill by ann: outage"
    assert held(stores).cursor == slot(5)


@pytest.mark.parametrize("taken", [2, 5, 6, 7, 1.5])
def test_unless_every_slot_can_be_had_nothing_is_written(stores: Stores, taken: float) -> None:
    """2 is queued by an earlier backfill, 5 ran, 6 was left out by a calendar, 7 is not due yet, 1.5 is no slot."""
    create(stores, manifest=HOURLY)
    settle(stores, skip(slot(1), slot(4), 4))
    running(stores, 5)
    settle(stores, skip(slot(6), slot(6), 1, Outcome.SKIPPED_CALENDAR))
    fill(stores, 2)
    before = rows(stores)

    with pytest.raises(Conflict):
        fill(stores, 1, taken)

    assert rows(stores) == before


def test_a_plan_from_what_the_ledger_answers_can_be_carried_out_once(stores: Stores) -> None:
    create(stores, manifest=HOURLY)
    settle(stores, skip(slot(1), slot(6), 6))
    stores.ledger.enqueue_manual(held(stores), "m1", {}, "ann", "", slot(3))
    settle(stores, start(slot(7)))

    def plan() -> list[float]:
        there = stores.ledger.rows_between("uid-nightly", slot(3), slot(7))
        return [(gap.due_at - slot(0)).total_seconds() / 3600 for gap in gaps(HOURLY.schedule, there, slot(3), slot(7))]

    assert plan() == [4, 5, 6]
    fill(stores, *plan())
    assert plan() == []


def test_a_backfill_is_not_in_the_way_of_the_schedule(stores: Stores) -> None:
    create(stores, manifest=HOURLY)
    settle(stores, skip(slot(1), slot(3), 3))
    first, second, third = fill(stores, 1, 2, 3, at=3)

    assert [run.run_id for run in ready(stores, 4)] == [first.run_id]
    begin(stores, first)
    assert ready(stores, 4) == []
    [regular] = settle(stores, start(slot(4)))
    assert ready(stores, 5) == []
    stores.ledger.finish(ended(first), "me", slot(5))
    assert [run.run_id for run in ready(stores, 5)] == [regular.run_id]
    begin(stores, regular)
    assert ready(stores, 5) == []
    stores.ledger.finish(ended(regular), "me", slot(6))
    assert [run.run_id for run in ready(stores, 6)] == [second.run_id]
    stores.ledger.cancel_queued(second.run_id, "ann", "", slot(6))
    assert [run.run_id for run in ready(stores, 6)] == [third.run_id]


def test_one_backfill_is_under_way_at_a_time_and_others_go_first(stores: Stores) -> None:
    for job_id in ("nightly", "other"):
        create(stores, job_id, manifest=make_manifest(job_id, schedule={"trigger": "interval", "hours": 1}))
    for uid in ("uid-nightly", "uid-other"):
        settle(stores, start(slot(1)), uids=[uid])
    for run in ready(stores, 1):
        begin(stores, run)
        stores.ledger.finish(ended(run), "me", slot(1))
    fills = [
        run
        for job_id in ("nightly", "other")
        for run in stores.ledger.reclaim(held(stores, job_id), [slot(0)], BY_ANN, slot(2))
    ]

    assert {run.run_id for run in ready(stores, 2)} == {run.run_id for run in fills}
    begin(stores, fills[0])
    assert ready(stores, 2) == []
    [regular] = settle(stores, start(slot(28)), uids=["uid-other"])
    assert [run.run_id for run in ready(stores, 28)] == [regular.run_id]


def test_while_a_worker_may_be_beginning_a_backfill_neither_another_one_nor_the_schedule_starts_beside_it(
    stores: Stores,
) -> None:
    create(stores, manifest=HOURLY)
    settle(stores, skip(slot(1), slot(3), 3))
    first, _ = fill(stores, 1, 2, at=3)
    assert [run.run_id for run in ready(stores, 3, sent_before=2.5)] == [first.run_id]
    stores.ledger.sent([first.run_id], slot(3))
    settle(stores, start(slot(4)))

    assert ready(stores, 4, sent_before=2.5) == []


def test_a_newest_occurrence_that_cancels_leaves_backfills_alone(stores: Stores) -> None:
    create(stores, manifest=HOURLY)
    settle(stores, skip(slot(1), slot(3), 3))
    first, second = fill(stores, 1, 2, at=3)
    begin(stores, first)

    settle(stores, replace(start(slot(4)), cancels="the newest counts"))

    [going_on] = stores.ledger.running_of("me")
    assert (going_on.run_id, going_on.cancel_requested_by) == (first.run_id, "")
    waiting = stores.ledger.run(second.run_id)
    assert waiting is not None and waiting.state is RunState.QUEUED


def test_what_a_backfill_has_queued_hides_no_other_run_and_is_no_backlog(stores: Stores) -> None:
    create(stores, manifest=HOURLY)
    settle(stores, skip(slot(1), slot(4), 4))
    regular = running(stores, 5)
    fills = fill(stores, 1, 2, 3)

    assert [run.run_id for run in stores.ledger.latest_runs(["uid-nightly"], 2)["uid-nightly"]] == [regular.run_id]
    assert stores.ledger.backlog(slot(10)).waiting_since is None
    assert stores.ledger.backlog(slot(10)).queued == 3
    stores.ledger.finish(ended(regular), "me", slot(10))
    begin(stores, fills[0])
    latest = stores.ledger.latest_runs(["uid-nightly"], 2)["uid-nightly"]
    assert [run.run_id for run in latest] == [fills[0].run_id, regular.run_id]
