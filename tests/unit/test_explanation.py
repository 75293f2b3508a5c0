"""Sentences from facts alone: every outcome has one whatever is known, and every rule for changes of the clocks."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from builders import NOW, at, make_manifest, make_origin, make_run

from tasks_service.core.explain import Explanation, Facts, Verdict, explain, read_asked, row_of
from tasks_service.core.history import JobVersion, Lead, LeadEnding, Leadership, Versions
from tasks_service.core.run import Occurrence, Outcome, RunError, RunState, Trigger
from tasks_service.core.settlement import Entry
from tasks_service.core.stores import Neighbourhood

DAY = timedelta(days=1)
NEW_YORK = "America/New_York"


def version(begin: str = "2026-01-01", **keys: Any) -> JobVersion:
    return JobVersion(
        job_uid="uid-nightly",
        manifest=make_manifest(**keys),
        origin=make_origin(),
        revision="r1",
        author="ann",
        applied_at=at(begin),
        created=True,
    )


def row(outcome: Outcome | None, due: str, **fields: Any) -> Occurrence:
    told: dict[str, Any] = {"reason": "told so", "digest": "d1", "revision": "r1", "count": 1, "runs": ()}
    moment = at(due)
    return Occurrence(
        job_uid="uid-nightly",
        job_id="nightly",
        slot="slot",
        due_at=moment,
        until=moment,
        trigger=Trigger.SCHEDULE,
        outcome=outcome,
        recorded_at=moment,
        **(told | fields),
    )


def explained(asked: str, found: JobVersion | None, occurrence: Occurrence | None = None, **facts: Any) -> Explanation:
    zone = found.manifest.schedule.zone if found else ZoneInfo("UTC")
    moment = read_asked(asked, zone, NOW)
    ledger = Neighbourhood(row=occurrence)
    told: dict[str, Any] = {"cursor": NOW, "versions": Versions(present=found), "kept_since": NOW - 90 * DAY}
    return explain(
        Facts(
            job_id="nightly",
            now=NOW,
            asked=moment,
            ledger=ledger,
            row=row_of(ledger, found, moment.moment),
            **(told | facts),
        )
    )


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_a_sentence_even_where_nothing_else_is_known(outcome: Outcome, known: bool) -> None:
    found = explained("2026-11-23T02:00", version() if known else None, row(outcome, "2026-11-23 02:00"))

    assert found.verdict is Verdict.OUTCOME
    assert found.sentences[0].startswith(("It ", "A calendar "))
    assert found.sentences[0].endswith(".")
    assert all(".." not in sentence and ": ." not in sentence for sentence in found.sentences)


@pytest.mark.parametrize("outcome", [Outcome.SUCCEEDED, Outcome.FAILED, Outcome.TIMED_OUT, Outcome.LOST, None])
def test_a_row_with_runs_tells_each_of_them(outcome: Outcome | None) -> None:
    first = make_run(state=RunState.FAILED, started_at=NOW, finished_at=NOW + DAY, error=RunError(type="X", message=""))
    last = make_run("run-2", attempt=2, state=RunState(outcome.value) if outcome else RunState.QUEUED)
    found = explained("2026-11-23T02:00", version(), row(outcome, "2026-11-23 02:00", runs=(first, last)))

    assert any(sentence.startswith("Attempt 1 ended as failed: X; policy.retry had") for sentence in found.sentences)


def test_the_calendar_entry_that_skipped_a_fire_is_named() -> None:
    closed = row(Outcome.SKIPPED_CALENDAR, "2026-11-23 02:00", reason="holidays: Thanksgiving")
    assert explained("2026-11-23T02:00", version(), closed).sentences[0] == (
        "A calendar skipped it: holidays: Thanksgiving."
    )


@pytest.mark.parametrize(
    ("asked", "expression", "dst", "fires", "said"),
    [
        (
            "2026-03-08T02:30",
            "30 2 * * *",
            {},
            True,
            "fires right after the jump, at 2026-03-08 03:00 EDT (07:00 UTC).",
        ),
        ("2026-03-08T02:30", "30 2 * * *", {"gap": "skip"}, False, "dst.gap is skip: a fixed time"),
        ("2026-03-08T02:30", "30 5 * * *", {}, False, "but the schedule has no fire in the time that the clocks"),
        ("2026-03-08T02:30", "*/15 * * * *", {}, True, "The schedule is a pace, which follows the clock as it runs"),
        ("2026-11-01T01:30", "30 1 * * *", {}, True, "the first time only, at 2026-11-01 01:30 EDT (05:30 UTC)."),
        (
            "2026-11-01T01:30-05:00",
            "30 1 * * *",
            {},
            False,
            "the first time only, at 2026-11-01 01:30 EDT (05:30 UTC).",
        ),
        ("2026-11-01T01:30-05:00", "30 1 * * *", {"fold": "both"}, True, "dst.fold is both: a fixed time"),
        ("2026-11-01T01:30", "*/15 * * * *", {}, True, "The schedule is a pace"),
    ],
)
def test_each_rule_for_changes_of_the_clocks_is_told(
    asked: str, expression: str, dst: dict[str, str], fires: bool, said: str
) -> None:
    schedule = {"trigger": "cron", "expression": expression, "timezone": NEW_YORK, "dst": dst}
    found = explained(asked, version(schedule=schedule), cursor=at("2025-01-01"))

    assert (found.verdict is not Verdict.NO_FIRE, found.slot is not None) == (fires, fires)
    assert any(said in sentence for sentence in found.sentences), found.sentences


def test_an_interval_knows_no_change_of_the_clocks() -> None:
    every = version(schedule={"trigger": "interval", "hours": 1, "timezone": NEW_YORK})
    told = explained("2026-11-01T01:30", every).sentences
    assert "The schedule is an interval, which keeps its pace and knows no change of the clocks." in told


def test_a_zone_that_was_named_is_told_apart_from_the_schedules() -> None:
    told = explained("2026-03-08T02:30[America/New_York]", version()).sentences
    assert "The schedule itself goes by the clocks of UTC." in told


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        (LeadEnding.RELEASED, "Process 7 on node-1 gave the lead back."),
        (LeadEnding.EXPIRED, "Process 7 on node-1 did not renew its lease any more."),
        (LeadEnding.DIED, "Process 7 on node-1 was gone."),
        (None, "Process 7 on node-1 did not renew its lease any more."),
    ],
)
def test_it_is_told_how_the_last_lead_ended(ending: LeadEnding | None, said: str) -> None:
    old = Leadership(term=1, owner="a", node="node-1", pid=7, since=NOW - 2 * DAY, until=NOW - DAY, ending=ending)
    missed = row(Outcome.MISSED_DOWN, "2026-11-23 02:00")
    [gap] = [s for s in explained("2026-11-23T02:00", version(), missed, lead=Lead(before=old)).sentences if said in s]
    assert gap.startswith("No process led from 2026-11-22 12:00 UTC and nobody has led since.")


def test_a_lease_that_was_just_renewed_holds() -> None:
    lead = Leadership(term=1, owner="a", node="node-1", pid=7, since=NOW - DAY, until=NOW - timedelta(seconds=3))
    told = explained("now", version(schedule={"trigger": "cron", "expression": "0 12 * * *"}), lead=Lead(before=lead))
    assert told.sentences[-1] == "The leader was process 7 on node-1, since 2026-11-22 12:00 UTC."


def test_jitter_and_what_stands_in_the_way_of_a_fire_to_come_are_told() -> None:
    schedule = {"trigger": "cron", "expression": "0 2 * * *", "jitter": 90}
    skipped = Entry(due_at=NOW, until=NOW, outcome=Outcome.SKIPPED_CALENDAR, reason="holidays: Christmas")

    free = explained("2026-12-25T02:00", version(schedule=schedule), prospect=Entry(due_at=NOW, until=NOW))
    closed = explained("2026-12-25T02:00", version(schedule=schedule), prospect=skipped)

    assert "Jitter may delay it by up to 1m30s." in free.sentences
    assert closed.sentences[0] == "It is still to come. As things stand, it will not start: holidays: Christmas."


def test_what_the_history_does_not_reach_is_said_to_be_unknown() -> None:
    first = version("2026-06-01")
    found = explained("2026-01-01T02:00", None, versions=Versions(after=replace(first, created=False)))

    assert (found.verdict, found.slot) == (Verdict.UNKNOWN, None)
    assert found.sentences[-1] == (
        "The manifest in force then is not known: the history begins at 2026-06-01 00:00 UTC."
    )
    assert explained("2026-01-01T02:00", None, versions=Versions(after=first)).verdict is Verdict.NO_JOB


def test_a_settled_fire_without_a_row_is_no_blank() -> None:
    gone = explained("2026-11-20T02:00", version())
    deleted = explained("2026-11-20T02:00", version(), cursor=None)

    assert gone.sentences[0].startswith("The ledger has no row for this fire, although all up to 2026-11-23 12:00 UTC")
    assert deleted.sentences[0] == "The job was deleted before anybody had claimed this fire."
