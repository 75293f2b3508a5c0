"""Contract of ``Ledger``: from due slots to rows."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from builders import make_live, make_manifest
from databases import opened
from ledger_rows import HOUR, create, decided, held, rows, running, settle, skip, slot, start

from tasks_service.core.backfill import AFTER_PAUSE
from tasks_service.core.errors import NotFound
from tasks_service.core.override import OverrideKind
from tasks_service.core.plan import Delete, Update
from tasks_service.core.run import Outcome, RunState, Trigger
from tasks_service.core.settlement import Entry, LedgerFacts, Settlement
from tasks_service.core.stores import Stores


def test_a_claimed_slot_is_a_queued_run_with_the_manifests_parameters(stores: Stores) -> None:
    create(stores)

    [run] = settle(stores, start(slot(1)))

    assert (run.job_id, run.attempt, run.state, run.trigger) == ("nightly", 1, RunState.QUEUED, Trigger.SCHEDULE)
    assert run.due_at == run.not_before == slot(1)
    assert run.parameters == held(stores).manifest.parameters
    assert run.digest == held(stores).manifest.digest
    assert held(stores).cursor == slot(1)
    assert stores.ledger.run(run.run_id) == run


def test_a_slot_is_claimed_once_however_many_try(stores: Stores, database_url: str) -> None:
    jobs = create(stores, *(f"job{n}" for n in range(5)))
    uids = [job.job_uid for job in jobs]

    def claim(_: int) -> int:
        with opened(database_url) as own:
            return len(own.ledger.settle(uids, decided(start(slot(1))), slot(1)))

    with ThreadPoolExecutor(8) as pool:
        claimed = sum(pool.map(claim, range(8)))

    assert claimed == 5
    assert all(rows(stores, uid) == [(1.0, "open", 1)] for uid in uids)


def test_nothing_at_or_before_the_cursor_is_claimed_again(stores: Stores) -> None:
    create(stores)
    settle(stores, start(slot(2)))

    assert settle(stores, start(slot(1)), start(slot(2))) == []
    assert rows(stores) == [(2.0, "open", 1)]


def test_the_decision_is_given_the_pauses_that_reach_the_job_and_no_hold(stores: Stores) -> None:
    create(stores, "nightly", manifest=make_manifest(labels={"team": "data"}))
    for labels in ({"team": "data"}, {"team": "other"}, {}):
        stores.overrides.add("", OverrideKind.PAUSE, "ann", str(labels), slot(0.5), None, labels=labels)
    stores.overrides.add("", OverrideKind.HOLD, "ann", "", slot(0.5), None)
    over, _ = stores.overrides.add("", OverrideKind.PAUSE, "ann", "", slot(0.5), None, labels={"x": "y"})
    stores.overrides.release(over.override_id, "ann", slot(0.7))
    told: list[LedgerFacts] = []

    def decide(facts: LedgerFacts) -> Settlement:
        told.append(facts)
        return Settlement(cursor=facts.cursor, next_due=None)

    stores.ledger.settle(["uid-nightly"], decide, slot(1))
    assert [override.labels for override in told[0].overrides] == [{"team": "data"}, {}]


def test_the_decision_is_given_what_the_ledger_knows(stores: Stores) -> None:
    create(stores)
    stores.overrides.add("uid-nightly", OverrideKind.PAUSE, "ann", "why", slot(0.5), None)
    running(stores)
    told: list[LedgerFacts] = []

    def decide(facts: LedgerFacts) -> Settlement:
        told.append(facts)
        return Settlement(cursor=facts.cursor)

    stores.ledger.settle(["uid-nightly", "uid-unknown"], decide, slot(2))

    [facts] = told
    assert (facts.cursor, facts.under_way) == (slot(1), 1)
    assert [o.reason for o in facts.overrides] == ["why"]


def test_neighbouring_skips_share_a_row_and_others_do_not(stores: Stores) -> None:
    create(stores)

    settle(stores, skip(slot(1), slot(3), 3))
    settle(stores, skip(slot(4), slot(5), 2))
    settle(stores, skip(slot(6), slot(6), 1, Outcome.MISSED_DOWN))
    settle(stores, start(slot(7)))
    settle(stores, skip(slot(8), slot(8), 1))

    assert rows(stores) == [
        (1.0, "skipped_paused", 5),
        (6.0, "missed_down", 1),
        (7.0, "open", 1),
        (8.0, "skipped_paused", 1),
    ]


def test_an_edit_begins_a_new_row(stores: Stores) -> None:
    [job] = create(stores)
    settle(stores, skip(slot(1), slot(1), 1))
    edited = replace(job, manifest=make_manifest(description="other"))
    before = make_live(manifest=job.manifest)
    stores.inventory.apply([Update(job=edited, before=before, changed=("description",))], slot(1.5), {})

    settle(stores, skip(slot(2), slot(2), 1))

    assert [count for _, _, count in rows(stores)] == [1, 1]


def test_a_decision_that_fails_writes_nothing(stores: Stores) -> None:
    jobs = create(stores, "a", "b")

    def decide(facts: LedgerFacts) -> Settlement:
        if facts.job_uid == "uid-b":
            raise ZeroDivisionError
        return decided(start(slot(1)))(facts)

    with pytest.raises(ZeroDivisionError):
        stores.ledger.settle([job.job_uid for job in jobs], decide, slot(1))

    assert rows(stores, "uid-a") == []
    assert held(stores, "a").cursor == slot(0)


def test_a_manual_run_has_a_slot_of_its_own_and_is_queued_once(stores: Stores) -> None:
    create(stores)
    job = held(stores)

    first = stores.ledger.enqueue_manual(job, "m1", {"argv": ["x"]}, "ann", "to see", slot(1))
    again = stores.ledger.enqueue_manual(job, "m1", {"argv": ["y"]}, "bob", "", slot(2))

    assert first == again
    assert (first.slot, first.trigger, first.actor) == ("manual:m1", Trigger.MANUAL, "ann")
    assert held(stores).cursor == slot(0)


def test_a_manual_run_of_a_job_that_is_gone_is_refused(stores: Stores) -> None:
    create(stores)
    job = held(stores)
    stores.inventory.apply([Delete(job=make_live())], slot(1), {})

    with pytest.raises(NotFound):
        stores.ledger.enqueue_manual(job, "m1", {}, "ann", "", slot(2))


def test_reclaimed_slots_split_their_row(stores: Stores) -> None:
    create(stores, manifest=make_manifest(schedule={"trigger": "interval", "hours": 1}))
    settle(stores, skip(slot(1), slot(5), 5))

    queued = stores.ledger.reclaim(held(stores), [slot(2), slot(5)], AFTER_PAUSE, slot(5.5))

    assert [run.due_at for run in queued] == [slot(2), slot(5)]
    assert {run.trigger for run in queued} == {Trigger.CATCH_UP}
    assert rows(stores) == [
        (1.0, "skipped_paused", 1),
        (2.0, "open", 1),
        (3.0, "skipped_paused", 2),
        (5.0, "open", 1),
    ]
    assert stores.ledger.reclaim(held(stores), [slot(2), slot(5)], AFTER_PAUSE, slot(6)) == []


def test_a_delayed_start_is_not_ready_before_its_time(stores: Stores) -> None:
    create(stores)
    due = slot(1)
    settle(stores, Entry(due_at=due, until=due, not_before=due + HOUR / 4))

    assert stores.ledger.ready(due, 10) == []
    assert stores.ledger.next_ready(due) == due + HOUR / 4
    assert len(stores.ledger.ready(due + HOUR / 4, 10)) == 1


def test_a_thousand_due_jobs_are_claimed_in_one_transaction(stores: Stores) -> None:
    jobs = create(stores, *(f"job{n}" for n in range(1000)))

    queued = settle(stores, start(slot(1)), uids=[job.job_uid for job in jobs])

    assert len({run.run_id for run in queued}) == 1000
