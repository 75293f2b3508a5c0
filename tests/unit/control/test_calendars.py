"""Calendars in the control room: what slots become, what stays in force, and what a change settles first."""

from builders import at, make_origin, make_sourced
from calendar_builders import CHRISTMAS, make_sourced_calendar
from workbench import Workbench

from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.state import Sourced, SourcedCalendar

DAY = {"date": "2026-11-24", "label": "Day off"}


def job(job_id: str = "nightly", **schedule: object) -> Sourced:
    return make_sourced(
        job_id, schedule={"trigger": "cron", "expression": "0 */6 * * *", "skip_during": ["holidays"]} | schedule
    )


def holidays(*dates: dict[str, str], path: str = "holidays.yaml") -> SourcedCalendar:
    return make_sourced_calendar(dates=list(dates) or [DAY], origin=make_origin(path))


def problems(bench: Workbench) -> list[tuple[str, str]]:
    return [(p.diagnostic.rule, p.diagnostic.place) for p in bench.stores.syncs.problems()]


def run_through(bench: Workbench, until: str) -> None:
    """Let time pass, every run ending at once."""
    while (upcoming := bench.timer.next_due()) and upcoming <= at(until):
        bench.pass_time(f"{upcoming:%Y-%m-%d %H:%M}")
        bench.finish_all()
    bench.pass_time(until)


def test_a_slot_inside_an_entry_is_skipped_and_its_row_names_calendar_and_entry(bench: Workbench) -> None:
    bench.commit(job(), calendars=(holidays(),))
    assert bench.job().next_run_time == at("2026-11-23 18:00")

    run_through(bench, "2026-11-25 01:00")

    assert bench.outcomes() == [
        ("23 18:00", "succeeded", 1),
        ("24 00:00", "skipped_calendar", 4),
        ("25 00:00", "succeeded", 1),
    ]
    assert bench.rows()[1].reason == "holidays: Day off, 2026-11-24"


def test_next_run_time_is_the_next_fire_that_really_runs_and_nothing_is_late_meanwhile(bench: Workbench) -> None:
    bench.commit(job(), calendars=(holidays(),))
    run_through(bench, "2026-11-24 07:00")

    assert bench.job().next_run_time == at("2026-11-25 00:00")
    assert bench.job().health.state == "Healthy"
    assert bench.job().activity.state == "Active"


def test_a_manual_run_passes(bench: Workbench) -> None:
    bench.commit(job(), calendars=(holidays(),))
    run_through(bench, "2026-11-24 07:00")

    run = bench.runs.run_now("nightly", "ann")
    bench.step()
    bench.finish_all()

    assert bench.runs.run(run.run_id).state == "succeeded"


def test_a_restarted_leader_knows_the_calendars_and_catches_nothing_of_them_up(bench: Workbench) -> None:
    bench.commit(job(), calendars=(holidays(),))
    bench.clock.set(at("2026-11-25 03:00"))
    bench.files.show("the disk is gone")

    second = bench.restart()

    assert second.outcomes() == [
        ("23 18:00", "missed_deadline", 1),
        ("24 00:00", "skipped_calendar", 4),
        ("25 00:00", "open", 1),
    ]


def test_a_change_settles_the_slots_up_to_it_by_the_old_calendar(bench: Workbench) -> None:
    bench.commit(job(), calendars=(holidays(),))
    bench.clock.set(at("2026-11-24 13:00"))

    bench.commit(job(), calendars=(holidays(CHRISTMAS),))
    bench.step()
    bench.finish_all()
    run_through(bench, "2026-11-24 19:00")

    assert bench.outcomes() == [
        ("23 18:00", "succeeded", 1),
        ("24 00:00", "skipped_calendar", 3),
        ("24 18:00", "succeeded", 1),
    ]


def test_a_change_shows_in_plan_and_record_with_the_jobs_it_concerns(bench: Workbench) -> None:
    created = bench.commit(job(), calendars=(holidays(),))
    bench.clock.advance(60)
    updated = bench.commit(job(), calendars=(holidays(CHRISTMAS),))
    bench.clock.advance(60)
    deleted = bench.commit(make_sourced(), calendars=())

    assert [(c.verb, c.calendar_id, c.jobs) for p in (created, updated, deleted) for c in p.calendars] == [
        ("create", "holidays", ("nightly",)),
        ("update", "holidays", ("nightly",)),
        ("delete", "holidays", ("nightly",)),
    ]
    assert "Calendars: 1 to change." in updated.summary
    record = bench.stores.syncs.history().items[1]
    assert [(a.verb, a.calendar_id, a.jobs) for a in record.actions] == [("update", "holidays", ("nightly",))]
    assert bench.stores.calendars.all() == []


def test_the_same_calendars_again_write_nothing(bench: Workbench) -> None:
    bench.commit(job(), calendars=(holidays(),), revision="r1")
    before = bench.stores.syncs.history().items

    bench.clock.advance(30)
    plan = bench.commit(job(), calendars=(holidays(),), revision="r1")

    assert plan.calendars == ()
    assert [r.sync_id for r in bench.stores.syncs.history().items] == [r.sync_id for r in before]


def test_an_unknown_calendar_is_an_error_at_the_job_and_its_last_version_stays(bench: Workbench) -> None:
    bench.commit(job(), calendars=(holidays(),))

    bench.commit(job(skip_during=["holydays"]), calendars=(holidays(),))

    assert problems(bench) == [("JM051", "nightly.yaml:1:1")]
    assert "did you mean 'holidays'?" in str(bench.stores.syncs.problems()[0].diagnostic)
    assert bench.job().manifest.schedule.skip_during == ("holidays",)
    assert bench.job().sync.state == "Invalid"


def test_a_calendar_whose_file_breaks_stays_in_force(bench: Workbench) -> None:
    bench.commit(job(), calendars=(holidays(),))
    broken = Diagnostic(rule="JM052", message="no file", path="holidays.yaml", line=3, column=7)

    bench.commit(job(), problems=(broken,))
    run_through(bench, "2026-11-25 01:00")

    assert ("24 00:00", "skipped_calendar", 4) in bench.outcomes()
    (view,) = bench.calendars.calendars()
    assert view.kept == "holidays.yaml is broken"
    kept = [a for a in bench.stores.syncs.history().items[0].actions if a.calendar_id]
    assert [(a.verb, a.held) for a in kept] == [("keep", "holidays.yaml is broken")]


def test_a_calendar_that_vanishes_while_jobs_refer_to_it_stays_and_is_reported(bench: Workbench) -> None:
    bench.commit(job(), calendars=(holidays(),))

    bench.commit(job())

    assert problems(bench) == [("JM056", "nightly.yaml:1:1")]
    assert (bench.stores.syncs.verdict() or ("",))[0] == "Invalid"
    assert [a.calendar.calendar_id for a in bench.stores.calendars.all()] == ["holidays"]

    bench.commit(make_sourced())
    assert bench.stores.calendars.all() == []
    assert problems(bench) == []


def test_of_two_calendars_with_one_name_both_are_reported_and_the_live_one_stays(bench: Workbench) -> None:
    bench.commit(job(), calendars=(holidays(),))

    bench.commit(job(), calendars=(holidays(CHRISTMAS), holidays(path="other.yaml")))

    assert sorted(problems(bench)) == [("JM053", "holidays.yaml:1:1"), ("JM053", "other.yaml:1:1")]
    (applied,) = bench.stores.calendars.all()
    assert applied.calendar == holidays().calendar


def test_a_source_that_cannot_be_read_leaves_the_calendars_alone(bench: Workbench) -> None:
    bench.commit(job(), calendars=(holidays(),))

    bench.files.show("the disk is gone")
    bench.sync()

    assert len(bench.stores.calendars.all()) == 1


def test_a_calendar_and_its_job_may_come_together_and_names_ignore_case(bench: Workbench) -> None:
    bench.commit(job(skip_during=["Holidays"]), calendars=(holidays(),))

    assert problems(bench) == []
    (view,) = bench.calendars.calendars()
    assert view.jobs == ("nightly",)
    assert [e.words for e in view.entries] == ["Day off, 2026-11-24"]


def test_a_resume_catches_up_only_what_no_calendar_left_out(bench: Workbench) -> None:
    bench.commit(job(), calendars=(holidays(),))
    bench.overrides.pause("nightly", "ann", reason="vendor")
    bench.clock.set(at("2026-11-24 23:00"))

    answer = bench.overrides.resume("nightly", "ann", catch_up="latest")

    assert answer.caught_up == (at("2026-11-23 18:00"),)
    assert answer.next_fire == at("2026-11-25 00:00")
    assert bench.outcomes() == [("23 18:00", "open", 1), ("24 00:00", "skipped_calendar", 4)]


def test_a_pause_names_only_the_fires_that_would_have_run(bench: Workbench) -> None:
    bench.commit(job(), calendars=(holidays(),))

    answer = bench.overrides.pause("nightly", "ann", until=at("2026-11-25 01:00"), dry_run=True)

    assert answer.skipped == (at("2026-11-23 18:00"), at("2026-11-25 00:00"))
