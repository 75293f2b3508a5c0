"""Laws of a plan's report: fires gained and lost are the difference of two sets, and looking changes nothing."""

from copy import deepcopy
from datetime import timedelta
from typing import Any

from builders import NOW, make_desired, make_live, make_manifest
from calendar_builders import make_calendar
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks_service.core.coming import count_runs, runs_within
from tasks_service.core.guards.deletions import guard_deletions
from tasks_service.core.job_calendars import calendars_of
from tasks_service.core.plan import diff
from tasks_service.core.plan_report.drafting import Circumstances, draft
from tasks_service.core.plan_report.fire_change import fire_change
from tasks_service.core.plan_report.side import Side

NAMES = ("a", "b", "c", "d")
SPAN = timedelta(days=7)
KNOWN = {
    "off": make_calendar(
        "off",
        ranges=[{"from": "2026-11-24", "to": "2026-11-25", "label": "Away"}],
        dates=[{"date": "2026-11-28", "label": "A day off"}],
    )
}


@st.composite
def schedules(draw: st.DrawFn) -> dict[str, Any]:
    skip = draw(st.sampled_from([{}, {"skip_during": ["off"]}, {"only_during": ["off"]}]))
    zone = draw(st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"]))
    if draw(st.booleans()):
        return {"trigger": "interval", "minutes": draw(st.sampled_from([30, 45, 60, 600])), **skip}
    minute, hour = draw(st.sampled_from(["0", "*/15", "7,37"])), draw(st.sampled_from(["*", "*/2", "2", "8-17"]))
    return {"trigger": "cron", "expression": f"{minute} {hour} * * *", "timezone": zone, **skip}


@st.composite
def sides(draw: st.DrawFn) -> Side:
    manifest = make_manifest(schedule=draw(schedules()))
    return Side(
        manifest=manifest,
        halted=draw(st.integers(0, 5)) == 0,
        calendars=calendars_of(manifest.schedule, KNOWN),
    )


@settings(max_examples=60, deadline=None)
@given(before=st.none() | sides(), after=st.none() | sides(), limit=st.sampled_from([100, 100_000]))
def test_gained_and_lost_are_the_difference_of_both_sets_of_fires(
    before: Side | None, after: Side | None, limit: int
) -> None:
    found = fire_change(before, after, NOW, NOW + SPAN, limit)
    old, new = (set(side.runs(NOW, NOW + SPAN)) if side else set() for side in (before, after))
    gained, lost = (
        sorted(moment for moment in moments if moment <= found.compared_until) for moments in (new - old, old - new)
    )

    assert (found.before, found.after) == (len(old), len(new))
    assert (found.gained, found.lost) == (len(gained), len(lost))
    assert (found.first_gained, found.first_lost) == (tuple(gained[:3]), tuple(lost[:3]))
    assert found.complete or limit == 100


@settings(max_examples=60, deadline=None)
@given(side=sides(), hours=st.integers(0, 200))
def test_runs_are_counted_as_often_as_they_are_listed(side: Side, hours: int) -> None:
    schedule, until = side.manifest.schedule, NOW + timedelta(hours=hours)

    assert count_runs(schedule, side.calendars, NOW, until) == len(
        list(runs_within(schedule, side.calendars, NOW, until))
    )


@st.composite
def jobs(draw: st.DrawFn) -> dict[str, tuple[dict[str, Any], bool]]:
    names = draw(st.lists(st.sampled_from(NAMES), unique=True))
    return {name: (draw(schedules()), draw(st.booleans())) for name in names}


@settings(max_examples=40, deadline=None)
@given(before=jobs(), after=jobs())
def test_a_report_mentions_exactly_what_changes_and_changes_nothing(
    before: dict[str, tuple[dict[str, Any], bool]], after: dict[str, tuple[dict[str, Any], bool]]
) -> None:
    live = {
        f"uid-{name}": make_live(name, manifest=make_manifest(name, schedule=schedule), halted=halted)
        for name, (schedule, halted) in before.items()
    }
    wanted = {
        f"uid-{name}": make_desired(name, manifest=make_manifest(name, schedule=schedule), halted=halted)
        for name, (schedule, halted) in after.items()
    }
    plan = guard_deletions(diff(wanted, live, frozenset()), len(live))
    seen = Circumstances(at=NOW, live=live, calendars_before=KNOWN, calendars_after=KNOWN)
    copies = deepcopy((plan, seen))

    report = draft(plan, seen)

    assert (plan, seen) == copies
    assert draft(plan, seen) == report
    differs = {name for name in NAMES if before.get(name) != after.get(name)}
    assert {change.job_id for change in report.jobs} == differs
    free = [change for change in report.jobs if not change.held]
    growth = sum(change.fires.after - change.fires.before for change in free)
    assert report.load_after.runs - report.load_before.runs == growth
