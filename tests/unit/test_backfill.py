"""Which slots a backfill takes, and when its runs may begin, by example."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from builders import NOW, at, make_manifest, make_override, make_run, make_schedule

from tasks_service.core.backfill import GAPS, gaps, may_begin, plan_token
from tasks_service.core.run import Occurrence, Outcome, Trigger

HOURLY = make_schedule(expression="0 * * * *")


def hour(number: int) -> datetime:
    return at(f"2026-11-23 {number:02}:00")


def row(first: int, outcome: Outcome | None, last: int | None = None, count: int = 0) -> Occurrence:
    until = hour(first if last is None else last)
    return Occurrence(
        job_uid="uid",
        job_id="nightly",
        slot="",
        due_at=hour(first),
        until=until,
        count=count or (until - hour(first)) // timedelta(hours=1) + 1,
        trigger=Trigger.SCHEDULE,
        outcome=outcome,
        reason="as told",
        digest="",
        revision="",
        recorded_at=NOW,
    )


def found(*rows: Occurrence, since: int = 0, until: int = 6) -> list[tuple[int, str]]:
    taken = gaps(HOURLY, rows, hour(since), hour(until))
    return [(gap.due_at.hour, gap.outcome.value if gap.outcome else "no row") for gap in taken]


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_slot_is_a_gap_where_nothing_ran_and_nobody_meant_it_to_be_left_out(outcome: Outcome) -> None:
    wanted = [(2, outcome.value)] if outcome in GAPS else []
    assert found(row(2, outcome), since=1, until=2) == wanted
    nothing_ran = outcome.startswith(("missed_", "skipped_")) or outcome in ("coalesced", "superseded")
    assert (outcome in GAPS) == (nothing_ran and outcome is not Outcome.SKIPPED_CALENDAR)


def test_a_slot_that_is_under_way_is_no_gap() -> None:
    assert found(row(2, None), since=1, until=2) == []


def test_slots_without_a_row_are_gaps_and_ranges_are_cut_at_the_ends() -> None:
    ledger = (row(1, Outcome.MISSED_DOWN, 3), row(5, Outcome.SUCCEEDED))
    assert found(*ledger, since=1, until=6) == [(2, "missed_down"), (3, "missed_down"), (4, "no row"), (6, "no row")]


def test_a_range_of_another_schedule_does_not_say_which_slots_lie_in_it() -> None:
    assert found(row(1, Outcome.MISSED_DOWN, 3, count=13), until=4) == [(4, "no row")]


def test_a_plan_is_another_one_when_the_job_or_a_slot_is() -> None:
    before = gaps(HOURLY, [row(1, Outcome.MISSED_DOWN, 3)], hour(0), hour(3))
    after = gaps(HOURLY, [row(1, Outcome.SKIPPED_PAUSED, 3)], hour(0), hour(3))
    tokens = {plan_token("uid", "d1", before), plan_token("uid", "d2", before), plan_token("u", "d1", before)}
    assert len(tokens | {plan_token("uid", "d1", after), plan_token("uid", "d1", before[:2])}) == 5
    assert plan_token("uid", "d1", before) in tokens


@pytest.mark.parametrize(
    ("moment", "usual_minutes", "begins"),
    [("12:30", 0, True), ("12:30", 30, True), ("12:31", 30, False), ("12:59", 60, True), ("12:59", 200, True)],
)
def test_a_backfill_begins_where_it_ends_before_the_next_fire_or_there_is_never_room(
    moment: str, usual_minutes: int, begins: bool
) -> None:
    run, manifest = make_run(trigger=Trigger.BACKFILL), make_manifest(schedule=HOURLY)
    assert may_begin(run, manifest, (), timedelta(minutes=usual_minutes), at(f"2026-11-23 {moment}")) == begins


@pytest.mark.parametrize(
    ("keys", "paused_at", "begins"),
    [
        ({}, None, True),
        ({}, hour(11), True),
        ({}, hour(13), False),
        ({"suspend": True, "suspend_reason": "x"}, None, False),
    ],
)
def test_what_holds_the_job_since_the_request_holds_the_backfill_too(
    keys: dict[str, Any], paused_at: datetime | None, begins: bool
) -> None:
    run = make_run(trigger=Trigger.BACKFILL, queued_at=hour(12))
    pauses = [make_override(created_at=paused_at)] if paused_at else []
    manifest = make_manifest(schedule=HOURLY, **keys)
    assert may_begin(run, manifest, pauses, timedelta(0), at("2026-11-23 13:30")) == begins


def test_a_backfill_that_was_asked_for_although_the_job_is_suspended_begins() -> None:
    manifest = make_manifest(schedule=HOURLY, suspend=True, suspend_reason="x")
    run = make_run(trigger=Trigger.BACKFILL, digest=manifest.digest)
    assert may_begin(run, manifest, (), timedelta(0), NOW)
