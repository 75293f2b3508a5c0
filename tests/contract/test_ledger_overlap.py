"""Contract of ``Ledger``: how runs of one job wait for each other, and give way."""

from dataclasses import replace

from ledger_rows import create, ended, held, rows, running, settle, slot, start

from tasks_service.core.run import Outcome, RunState
from tasks_service.core.settlement import OVERLAP, LedgerFacts, Settlement
from tasks_service.core.stores import Stores


def facts_of(stores: Stores) -> LedgerFacts:
    told: list[LedgerFacts] = []

    def decide(facts: LedgerFacts) -> Settlement:
        told.append(facts)
        return Settlement(cursor=facts.cursor)

    stores.ledger.settle(["uid-nightly"], decide, slot(9))
    return told[0]


def test_the_decision_is_told_what_runs_and_what_waits(stores: Stores) -> None:
    create(stores)
    run = running(stores, 1)
    settle(stores, start(slot(2)))
    stores.ledger.enqueue_manual(held(stores), "m1", {}, "ann", "", slot(2))
    assert (facts_of(stores).under_way, facts_of(stores).waiting) == (3, 1)

    stores.ledger.finish(ended(run, RunState.FAILED), "me", slot(2), retry_at=slot(3))
    assert (facts_of(stores).under_way, facts_of(stores).waiting) == (3, 1)


def test_a_start_that_cancels_ends_what_runs_and_what_waits_and_starts_after_it(stores: Stores) -> None:
    create(stores)
    run = running(stores, 1)
    [waiting] = settle(stores, start(slot(2)))
    manual = stores.ledger.enqueue_manual(held(stores), "m1", {}, "ann", "", slot(2))

    [newest] = settle(stores, replace(start(slot(3)), cancels="the newest counts"), at=slot(3))

    [asked] = stores.ledger.running_of("me")
    assert (asked.run_id, asked.cancel_requested_by, asked.cancel_reason) == (run.run_id, OVERLAP, "the newest counts")
    for dropped in (waiting, manual):
        found = stores.ledger.run(dropped.run_id)
        assert found is not None
        assert (found.state, found.finished_at, found.cancel_reason) == (
            RunState.CANCELLED,
            slot(3),
            "the newest counts",
        )
    assert stores.ledger.ready(slot(4), 10) == []
    stores.ledger.finish(ended(run, RunState.CANCELLED), "me", slot(4))
    assert [found.run_id for found in stores.ledger.ready(slot(4), 10)] == [newest.run_id]
    assert facts_of(stores).under_way == 1
    assert sorted(rows(stores)) == [(1, "cancelled", 1), (2, "cancelled", 1), (2, "cancelled", 1), (3, "open", 1)]


def test_only_the_job_itself_is_concerned(stores: Stores) -> None:
    create(stores, "nightly", "other")
    settle(stores, start(slot(1)), uids=["uid-other"])

    settle(stores, replace(start(slot(3)), cancels="the newest counts"))

    assert rows(stores, "uid-other") == [(1, "open", 1)]


def test_a_start_whose_slot_is_taken_cancels_nothing(stores: Stores) -> None:
    create(stores)
    running(stores, 1)

    assert settle(stores, replace(start(slot(1)), cancels="the newest counts")) == []
    assert [run.cancel_requested_by for run in stores.ledger.running_of("me")] == [""]


def test_what_a_person_asked_to_end_keeps_their_name(stores: Stores) -> None:
    create(stores)
    run = running(stores, 1)
    stores.ledger.request_cancel(run.run_id, "ann", "wrong data")

    settle(stores, replace(start(slot(3)), cancels="the newest counts"))

    assert [run.cancel_requested_by for run in stores.ledger.running_of("me")] == ["ann"]


def test_a_run_that_was_asked_to_end_is_not_tried_again(stores: Stores) -> None:
    create(stores)
    run = running(stores, 1)
    stores.ledger.request_cancel(run.run_id, "ann", "wrong data")

    stores.ledger.finish(ended(run, RunState.FAILED), "me", slot(2), retry_at=slot(3), reason="exit code 1")

    assert rows(stores) == [(1, "failed", 1)]


def test_a_later_occurrence_waits_until_an_earlier_one_has_been_tried_again(stores: Stores) -> None:
    create(stores)
    run = running(stores, 1)
    [later] = settle(stores, start(slot(2)))
    stores.ledger.finish(ended(run, RunState.FAILED), "me", slot(2), retry_at=slot(4))

    assert stores.ledger.ready(slot(3), 10) == []
    [again] = stores.ledger.ready(slot(4), 10)
    assert (again.slot, again.attempt) == (run.slot, 2)
    assert stores.ledger.start(again.run_id, "me", "node", slot(4))
    stores.ledger.finish(ended(again), "me", slot(5))
    assert [found.run_id for found in stores.ledger.ready(slot(5), 10)] == [later.run_id]


def test_a_run_that_was_cancelled_while_it_waited_for_another_attempt_is_closed(stores: Stores) -> None:
    create(stores)
    run = running(stores, 1)
    stores.ledger.finish(ended(run, RunState.FAILED), "me", slot(2), retry_at=slot(5))

    [newest] = settle(stores, replace(start(slot(3)), cancels="the newest counts"))

    assert rows(stores) == [(1, Outcome.CANCELLED.value, 1), (3, "open", 1)]
    assert [found.run_id for found in stores.ledger.ready(slot(6), 10)] == [newest.run_id]
