"""The report of a plan: what changes, why, and what that means in time."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from builders import NOW, at, make_desired, make_live, make_manifest, make_origin, make_override
from calendar_builders import make_calendar

from tasks_service.core.calendar_plan import CalendarChange
from tasks_service.core.commit import Commit
from tasks_service.core.guards.deletions import guard_deletions
from tasks_service.core.manifest import JobManifest
from tasks_service.core.override import OverrideSet
from tasks_service.core.plan import Plan, diff
from tasks_service.core.plan_report.drafting import Circumstances, draft
from tasks_service.core.plan_report.fire_change import fire_change
from tasks_service.core.plan_report.identity import moved
from tasks_service.core.plan_report.job_change import JobChange
from tasks_service.core.plan_report.load import load
from tasks_service.core.plan_report.reasons import Causes
from tasks_service.core.plan_report.report import PlanReport
from tasks_service.core.plan_report.sentences import time_sentences
from tasks_service.core.plan_report.side import Side
from tasks_service.core.plan_report.today import today
from tasks_service.core.state import DesiredJob, LiveJob


def daily(hour: int, timezone: str = "UTC") -> JobManifest:
    return cron(f"0 {hour} * * *", timezone)


def cron(expression: str, timezone: str = "UTC", **keys: Any) -> JobManifest:
    return make_manifest(schedule={"trigger": "cron", "expression": expression, "timezone": timezone}, **keys)


def every(**period: int) -> JobManifest:
    return make_manifest(schedule={"trigger": "interval", **period})


def reported(
    live: LiveJob | None, wanted: DesiredJob | None, now: datetime = NOW, causes: Causes | None = None
) -> PlanReport:
    before = {live.job_uid: live} if live else {}
    plan = diff({wanted.job_uid: wanted} if wanted else {}, before, frozenset())
    return draft(plan, Circumstances(at=now, live=before, causes=causes or Causes()))


def changed(old: JobManifest, new: JobManifest, now: datetime = NOW) -> JobChange:
    [change] = reported(make_live(manifest=old), make_desired(manifest=new), now).jobs
    return change


@pytest.mark.parametrize(
    ("now", "old", "new", "runs", "skipped"),
    [
        ("2026-11-23 10:00", daily(8), daily(14), 2, False),
        ("2026-11-23 15:00", daily(16), daily(14), 0, True),
        ("2026-11-23 10:00", cron("0 6,8 * * *"), cron("0 12,14 * * *"), 4, False),
        ("2026-11-23 10:00", every(hours=6), cron("0 1,2 * * *"), 2, None),
        ("2026-11-23 07:00", daily(8), daily(14), 1, None),
        ("2026-11-23 15:00", daily(8), daily(14), 1, None),
        ("2026-11-23 10:00", daily(8), daily(8), 1, None),
        ("2026-11-23 23:30", daily(8), daily(1, "Europe/Berlin"), 1, None),
    ],
)
def test_a_moved_job_runs_twice_today_or_not_at_all(
    now: str, old: JobManifest, new: JobManifest, runs: int, skipped: bool | None
) -> None:
    told = today(Side(manifest=old), Side(manifest=new), at(now))

    if skipped is None:
        assert told is None
    else:
        assert told is not None
        assert (told.runs, told.skipped) == (runs, skipped)


def test_today_is_told_by_the_clock_of_the_new_schedule() -> None:
    told = today(Side(manifest=daily(8)), Side(manifest=daily(18, "America/New_York")), at("2026-11-23 10:00"))

    assert told is not None
    assert told.zone == "America/New_York"
    assert told.times == (at("2026-11-23 08:00"), at("2026-11-23 23:00"))


def test_fires_gained_and_lost_are_counted_and_the_first_named() -> None:
    fires = changed(daily(2), daily(3)).fires

    assert (fires.before, fires.after, fires.gained, fires.lost, fires.complete) == (7, 7, 7, 7, True)
    assert fires.first_gained == tuple(at(f"2026-11-{day} 03:00") for day in (24, 25, 26))
    assert fires.first_lost == tuple(at(f"2026-11-{day} 02:00") for day in (24, 25, 26))


def test_fires_that_stay_are_neither_gained_nor_lost() -> None:
    fires = changed(cron("*/30 * * * *"), cron("*/15 * * * *")).fires

    assert (fires.before, fires.after, fires.gained, fires.lost) == (336, 672, 336, 0)


def test_too_many_fires_are_counted_and_compared_as_far_as_the_limit_goes() -> None:
    old, new = Side(manifest=every(seconds=1)), Side(manifest=every(seconds=2))
    fires = fire_change(old, new, NOW, NOW + timedelta(days=7), limit=3000)

    assert (fires.before, fires.after) == (604_800, 302_400)
    assert not fires.complete
    span = int((fires.compared_until - NOW).total_seconds())
    assert (fires.gained, fires.lost) == (0, span - span // 2)
    assert span * 3 // 2 <= 3000


def test_a_new_schedule_tells_the_days_on_which_the_clocks_concern_it() -> None:
    dates = changed(daily(3), cron("30 2 * * *", "Europe/Berlin")).clock_dates

    assert [(one.day, one.effect.value, one.times) for one in dates] == [
        (date(2027, 3, 28), "moved", 1),
        (date(2027, 10, 31), "once", 1),
    ]


def test_an_edit_that_moves_no_fire_says_nothing_of_time() -> None:
    berlin = "Europe/Berlin"
    change = changed(cron("30 2 * * *", berlin), cron("30 2 * * *", berlin, description="new"))

    assert list(time_sentences(change)) == []
    assert [str(field) for field in change.fields] == ['description: "" → "new"']


def test_an_unchanged_job_is_not_mentioned() -> None:
    report = reported(make_live(), make_desired())

    assert (report.empty, report.jobs, report.load_before) == (True, (), report.load_after)


def test_a_pause_takes_all_fires_and_names_who_paused() -> None:
    causes = Causes(overrides=OverrideSet((make_override(created_at=NOW, actor="ann", reason="maintenance"),)))
    [change] = reported(make_live(), make_desired(halted=True), causes=causes).jobs

    assert (change.sign, change.verbs, change.halted) == ("~", ("pause",), True)
    assert (change.fires.before, change.fires.after, change.fires.lost) == (7, 0, 7)
    assert change.reasons == ("paused by ann: maintenance",)


def test_a_paused_job_that_is_edited_gains_nothing() -> None:
    [change] = reported(make_live(manifest=daily(2), halted=True), make_desired(manifest=daily(3), halted=True)).jobs

    assert (change.fires.moves, change.halted, change.clock_dates) == (False, True, ())


def test_one_job_that_is_edited_and_paused_is_told_once() -> None:
    suspended = cron("0 3 * * *", suspend=True, suspend_reason="broken upstream")
    [change] = reported(make_live(manifest=daily(2)), make_desired(manifest=suspended, halted=True)).jobs

    assert change.verbs == ("update", "pause")
    assert change.reasons[1] == "suspend: true in nightly.yaml:1: broken upstream"


def test_a_deletion_says_which_file_no_longer_holds_the_job() -> None:
    [change] = reported(make_live(), None).jobs

    assert (change.sign, change.reasons) == ("-", ("nightly.yaml no longer holds it",))
    assert (change.fires.lost, change.schedule_after) == (7, "")


def test_the_commit_behind_a_file_is_named_with_its_author() -> None:
    commit = Commit(sha="a" * 40, author="Ada", message="Move it\n\nbody", at=NOW)
    causes = Causes(touched={("directory", "nightly.yaml"): commit})
    [change] = reported(make_live(manifest=daily(2)), make_desired(manifest=daily(3)), causes=causes).jobs

    assert change.reasons == ("changed in nightly.yaml:1, by Ada in aaaaaaaaaaaa: Move it",)


def test_a_document_that_moved_names_both_files() -> None:
    [change] = reported(make_live(), make_desired(origin=make_origin("other.yaml"))).jobs

    assert [(f.field, f.before, f.after) for f in change.fields] == [("file", "nightly.yaml:1", "other.yaml:1")]
    assert change.reasons == ("moved from nightly.yaml:1 to other.yaml:1",)


def test_what_is_held_is_told_and_does_not_count_in_the_load() -> None:
    live = {f"uid-{n}": make_live(f"j{n}", job_uid=f"uid-{n}") for n in range(5)}
    plan = guard_deletions(diff({}, live, frozenset()), len(live))
    report = draft(plan, Circumstances(at=NOW, live=live))

    assert {change.sign for change in report.jobs} == {"!"}
    assert report.summary == "Plan: 0 to add, 0 to change, 0 to delete, 5 held."
    assert (report.load_before.runs, report.load_after.runs) == (35, 35)


def test_a_calendar_alone_takes_fires_and_names_its_jobs() -> None:
    manifest = make_manifest(schedule={"trigger": "cron", "expression": "0 2 * * *", "skip_during": ["holidays"]})
    live = {"uid-nightly": make_live(manifest=manifest)}
    old = make_calendar("holidays", dates=[{"date": "2026-01-01", "label": "New Year"}])
    new = make_calendar("holidays", dates=[{"date": "2026-11-25", "label": "A day off"}])
    origin = make_origin("holidays.yaml")
    change = CalendarChange(verb="update", calendar=new, origin=origin, revision="r2", jobs=("nightly",), before=old)
    plan = Plan(calendars=(change,))
    seen = Circumstances(at=NOW, live=live, calendars_before={"holidays": old}, calendars_after={"holidays": new})

    [told] = draft(plan, seen).jobs

    assert (told.verbs, told.fires.lost, told.fires.first_lost) == (("calendar",), 1, (at("2026-11-25 02:00"),))
    assert (len(told.skips), told.reasons) == (1, ("calendar holidays of holidays.yaml:1 changes",))


def test_the_load_counts_all_jobs_and_finds_the_busiest_minute() -> None:
    sides = [Side(manifest=daily(2)), Side(manifest=daily(2)), Side(manifest=cron("0 */2 * * *"))]
    found = load([*sides, Side(manifest=daily(2), halted=True)], NOW)

    assert (found.runs, found.per_day) == (7 + 7 + 84, 14)
    assert found.busiest is not None
    assert (found.busiest.at, found.busiest.runs, found.busiest.unseen) == (at("2026-11-24 02:00"), 3, 0)


def test_what_moved_between_two_states_is_named() -> None:
    then = {"job a": "1", "job b": "2", "job c": "3"}

    assert moved(then, then) == []
    assert moved(then, {"job a": "1", "job b": "9", "job d": "4"}) == [
        "job b was changed",
        "job d is new",
        "job c is gone",
    ]
