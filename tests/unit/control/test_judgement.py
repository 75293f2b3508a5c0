"""Tables of judgement: what a job's facts come to at a moment."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from builders import at, make_manifest, make_run

from tasks_service.control.health import job_health
from tasks_service.control.judgement import Case, findings, review_at
from tasks_service.core.run import Occurrence, Outcome, Run, RunError, RunState, Trigger
from tasks_service.core.run_durations import Durations

DAY = timedelta(days=1)
DUE = at("2026-11-23 02:00")
"""The fires of the job in question are at 02:00 every day."""


def ended(days_ago: int, state: RunState = RunState.SUCCEEDED, **fields: Any) -> Run:
    due = DUE - days_ago * DAY
    defaults = {"state": state, "started_at": due, "finished_at": due + timedelta(minutes=1)}
    return make_run(f"run-{days_ago}", due_at=due, **(defaults | fields))


def queued(**fields: Any) -> Run:
    return make_run("run-q", due_at=DUE, **fields)


def running(**fields: Any) -> Run:
    return make_run("run-r", **({"due_at": DUE, "started_at": DUE, "state": RunState.RUNNING} | fields))


def row(outcome: Outcome | None, due: datetime = DUE, count: int = 1) -> Occurrence:
    return Occurrence(
        job_uid="uid-nightly",
        job_id="nightly",
        slot="s",
        due_at=due - (count - 1) * DAY,
        until=due,
        count=count,
        trigger=Trigger.SCHEDULE,
        outcome=outcome,
        reason="told so",
        digest="d",
        revision="r",
        recorded_at=due,
    )


def case(*runs: Run, **fields: Any) -> Case:
    """A daily job that was applied ten days ago and whose next fire is tomorrow."""
    expect = {"grace": "15m", "max_runtime": "1h"} | fields.pop("expect", {})
    defaults: dict[str, Any] = {"newest": None, "next_due": DUE + DAY, "applied_at": DUE - 10 * DAY}
    return Case(manifest=make_manifest(expect=expect), runs=runs, **(defaults | fields))


GOOD = ended(1)
BAD = ended(1, RunState.FAILED, error=RunError(type="ExitCode", message="1"))

TABLE: Sequence[tuple[str, Case, str, str, set[str]]] = [
    # what, the facts, when, the state, the findings
    ("a success", case(GOOD), "02:10", "Healthy", set()),
    ("a failure", case(BAD), "02:10", "Failing", {"failing"}),
    ("a failure before a success", case(ended(0), BAD), "02:10", "Healthy", set()),
    ("a cancelled run changes nothing", case(ended(0, RunState.CANCELLED), BAD), "02:10", "Failing", {"failing"}),
    ("a lost run", case(ended(0, RunState.LOST), GOOD), "02:10", "Lost", {"lost"}),
    ("a run that waits within the grace", case(queued(), GOOD), "02:15", "Healthy", set()),
    ("a run that waits longer", case(queued(), GOOD), "02:16", "Late", {"late"}),
    ("jitter is no lateness", case(queued(not_before=at("2026-11-23 02:10")), GOOD), "02:20", "Healthy", set()),
    ("a fire that nobody claimed", case(GOOD, next_due=DUE), "02:16", "Late", {"late"}),
    ("the same within the grace", case(GOOD, next_due=DUE), "02:15", "Healthy", set()),
    ("its store is away", case(GOOD, next_due=DUE, away="Redis is away"), "02:01", "Late", {"late"}),
    ("late and failing", case(queued(), BAD), "02:16", "Late", {"late", "failing"}),
    ("paused while it waits", case(queued(), GOOD, held="paused by ann"), "02:16", "Healthy", set()),
    ("a run", case(running(), GOOD), "02:59", "Running", set()),
    ("a run after a failure", case(running(), BAD), "02:59", "Running", {"failing"}),
    ("a run that lasts too long", case(running(), GOOD), "03:01", "Overrunning", {"overrunning"}),
    ("a missed fire", case(GOOD, newest=row(Outcome.MISSED_DOWN)), "02:10", "Missed", {"missed"}),
    ("too late to run", case(GOOD, newest=row(Outcome.MISSED_DEADLINE)), "02:10", "Missed", {"missed"}),
    ("missed while paused", case(GOOD, newest=row(Outcome.MISSED_DOWN), held="paused"), "02:10", "Healthy", set()),
    ("skipped by a calendar", case(GOOD, newest=row(Outcome.SKIPPED_CALENDAR)), "02:30", "Healthy", set()),
    ("a new job", case(applied_at=at("2026-11-23 01:00"), next_due=DUE), "02:10", "NeverRan", set()),
    ("its first fire has passed", case(newest=row(Outcome.CANCELLED)), "02:30", "NeverRan", {"never_ran"}),
    (
        "that was cancelled",
        case(ended(0, RunState.CANCELLED), newest=row(Outcome.CANCELLED)),
        "02:30",
        "NeverRan",
        {"never_ran"},
    ),
    ("that runs", case(running()), "02:30", "Running", set()),
    ("that was paused since", case(newest=row(Outcome.SKIPPED_PAUSED)), "02:30", "NeverRan", set()),
    ("that a calendar kept back", case(newest=row(Outcome.SKIPPED_CALENDAR)), "02:30", "NeverRan", set()),
    ("that is paused", case(held="paused by ann"), "02:30", "NeverRan", set()),
    ("that was never applied", case(applied_at=None), "02:30", "NeverRan", set()),
]


@pytest.mark.parametrize(("facts", "clock", "state", "kinds"), [t[1:] for t in TABLE], ids=[t[0] for t in TABLE])
def test_what_the_facts_of_a_job_come_to(facts: Case, clock: str, state: str, kinds: set[str]) -> None:
    now = at(f"2026-11-23 {clock}")

    health = job_health(facts, now)

    assert health.state == state
    assert {finding.kind.value for finding in findings(facts, now)} == kinds
    assert health.reason


def test_every_state_tells_why_since_when_and_how_often() -> None:
    failing = job_health(case(*[replace(BAD, run_id=f"r{n}", slot=f"s{n}") for n in range(3)]), DUE)
    late = job_health(case(GOOD, next_due=DUE), DUE + DAY / 2)

    assert (failing.reason, failing.failures) == ("3 times in a row: ExitCode: 1", 3)
    assert (failing.since, failing.run_id) == (BAD.finished_at, "r0")
    assert (late.since, late.reason) == (DUE, "due at 2026-11-23 02:00 UTC and not started; the grace is 15m")


def test_a_full_window_of_failures_counts_at_least_so_many() -> None:
    window = [replace(BAD, run_id=f"r{n}", slot=f"s{n}") for n in range(20)]

    [finding] = findings(case(*window), DUE)

    assert (finding.failures, finding.reason) == (20, "at least 20 times in a row: ExitCode: 1")


def test_attempts_of_one_fire_are_one_failure() -> None:
    attempts = [replace(BAD, run_id=f"r{n}", attempt=n) for n in (3, 2, 1)]

    assert [f.failures for f in findings(case(*attempts), DUE)] == [1]
    again = replace(attempts[0], state=RunState.QUEUED, not_before=DUE)
    assert findings(case(again, *attempts[1:]), DUE) == []


def test_a_judgement_names_the_moment_at_which_it_may_change_by_itself() -> None:
    now = DUE + timedelta(minutes=5)

    assert review_at(case(GOOD), now) == DUE + DAY + timedelta(minutes=15)
    assert review_at(case(queued(), GOOD), now) == DUE + timedelta(minutes=15)
    assert review_at(case(running(), GOOD), now) == DUE + timedelta(hours=1)
    assert review_at(case(GOOD, next_due=None), now) is None
    assert review_at(case(GOOD, held="paused"), now) is None


def test_a_run_overruns_by_what_its_job_usually_takes() -> None:
    usual = Durations(count=10, p50=20.0, p95=30.0)
    facts = Case(
        manifest=make_manifest(), runs=[running()], newest=None, next_due=None, applied_at=DUE - DAY, usual=usual
    )

    assert findings(facts, DUE + timedelta(seconds=90)) == []
    [finding] = findings(facts, DUE + timedelta(seconds=91))
    assert finding.reason == "runs longer than 1m30s: 95 of 100 runs end within 30 s"
