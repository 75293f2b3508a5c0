"""Contract of ``Ledger`` for dry runs: they are runs, and nothing that judges a job looks at them."""

from ledger_rows import create, ended, held, running, settle, slot, start

from tasks_service.core.run import Outcome, Run, RunState, Trigger
from tasks_service.core.settlement import Entry, LedgerFacts, Settlement
from tasks_service.core.stores import RunFilter, Stores

UID = "uid-nightly"


def dry(stores: Stores, run_id: str = "dry", hours: float = 2) -> Run:
    """A dry run that was asked for."""
    return stores.ledger.enqueue_dry_run(held(stores), run_id, {"argv": ["x"]}, "ann", "to see", slot(hours))


def finished(stores: Stores, run_id: str, state: RunState, hours: float = 3) -> Run:
    """A dry run from its beginning to its end."""
    asked = dry(stores, run_id, hours - 0.5)
    assert stores.ledger.start(asked.run_id, "me", "node", slot(hours - 0.25))
    run = stores.ledger.finish(ended(asked, state), "me", slot(hours))
    assert run
    return run


def test_a_dry_run_is_a_run_that_says_what_it_is(stores: Stores) -> None:
    create(stores)
    asked = dry(stores)

    assert (asked.dry_run, asked.trigger, asked.actor, asked.slot) == (True, Trigger.MANUAL, "ann", "manual:dry")
    assert [run.run_id for run in stores.ledger.ready(slot(2), 10)] == ["dry"]
    run = finished(stores, "other", RunState.SUCCEEDED)
    assert (run.dry_run, run.state, run.result) == (True, RunState.SUCCEEDED, {"n": 1})
    assert stores.ledger.run("other") == run
    assert [found.run_id for found in stores.ledger.runs(RunFilter(job_uid=UID)).items] == ["other", "dry"]
    assert [row.runs[0].dry_run for row in stores.ledger.occurrences(UID).items] == [True, True]


def test_a_repeated_id_is_the_same_dry_run(stores: Stores) -> None:
    create(stores)
    first = dry(stores)
    assert dry(stores, hours=3) == first


def test_nothing_that_judges_a_job_sees_a_dry_run(stores: Stores) -> None:
    create(stores)
    finished(stores, "bad", RunState.FAILED)
    finished(stores, "good", RunState.SUCCEEDED, 4)
    dry(stores, "open", 5)

    ledger = stores.ledger
    assert ledger.latest_runs([UID], 20).get(UID, []) == []
    assert ledger.newest_occurrences([UID]) == {}
    assert ledger.turning_points([UID]) == {}
    assert ledger.durations([UID]) == {}
    assert [success.at for success in ledger.last_successes()] == [None]
    assert ledger.counts(slot(0), slot(9)) == ledger.finished_between(slot(0), slot(9), 9) == []
    assert ledger.endings(slot(0), slot(9), 9) == ledger.past_runs(slot(0), slot(9), 9) == []
    assert ledger.outcomes(slot(0), slot(9)) == {}
    assert ledger.under_way_at(UID, slot(5)) == []
    assert stores.tallies.gather(100) == 0


def test_a_failed_dry_run_after_a_success_begins_no_row_of_failures(stores: Stores) -> None:
    create(stores)
    run = running(stores)
    stores.ledger.finish(ended(run), "me", slot(1.5))
    finished(stores, "bad", RunState.FAILED)

    assert stores.ledger.turning_points([UID]) == {}
    assert [found.run_id for found in stores.ledger.latest_runs([UID], 20)[UID]] == [run.run_id]
    assert stores.ledger.outcomes(slot(0), slot(9)) == {Outcome.SUCCEEDED: 1}


def test_a_dry_run_neither_holds_runs_back_nor_is_held_back(stores: Stores) -> None:
    create(stores)
    dry(stores, "first", 1)
    assert stores.ledger.start("first", "me", "node", slot(1))
    seen: list[int] = []

    def decide(facts: LedgerFacts) -> Settlement:
        seen.append(facts.under_way)
        entry = Entry(due_at=slot(2), until=slot(2), cancels="the next fire is due")
        return Settlement(cursor=slot(2), entries=(entry,))

    [claimed] = stores.ledger.settle([UID], decide, slot(2))

    assert seen == [0]
    running_dry = stores.ledger.run("first")
    assert running_dry and not running_dry.cancel_requested_by
    assert [run.run_id for run in stores.ledger.ready(slot(2), 10)] == [claimed.run_id]
    assert stores.ledger.start(claimed.run_id, "me", "node", slot(2))
    dry(stores, "second", 3)
    settle(stores, start(slot(3)), at=slot(3))
    assert [run.run_id for run in stores.ledger.ready(slot(3), 10)] == ["second"]


def test_a_dry_run_can_be_cancelled_and_is_lost_with_its_process(stores: Stores) -> None:
    create(stores)
    dry(stores, "queued")
    assert stores.ledger.cancel_queued("queued", "ann", "no", slot(2))
    dry(stores, "begun")
    assert stores.ledger.start("begun", "me", "node", slot(2))
    assert stores.ledger.request_cancel("begun", "ann", "enough")
    assert [run.run_id for run in stores.ledger.running_of("me")] == ["begun"]
    assert [run.run_id for run in stores.ledger.orphans({"other"})] == ["begun"]
