"""Edits of manifests: what they may move, and what they never do."""

from datetime import timedelta

from builders import at, make_origin, make_sourced
from workbench import Workbench, at_hour

from tasks_service.core.plan import Create, Delete, Update
from tasks_service.core.run import Outcome


def test_an_edit_to_a_time_that_has_passed_causes_no_run_today(bench: Workbench) -> None:
    bench.commit(at_hour(hour=20))
    bench.clock.set(at("2026-11-23 15:00"))

    bench.commit(at_hour(hour=14))
    bench.pass_time("2026-11-24 00:00")

    assert bench.all_runs() == []
    assert bench.outcomes() == [("23 20:00", "superseded", 1)]
    assert bench.job().next_run_time == at("2026-11-24 14:00")


def test_an_edit_after_todays_run_causes_no_second_one(bench: Workbench) -> None:
    bench.commit(at_hour(hour=13))
    bench.pass_time("2026-11-23 15:00")
    bench.finish_all()

    bench.commit(at_hour(hour=14))
    bench.pass_time("2026-11-24 00:00")

    assert bench.outcomes() == [("23 13:00", "succeeded", 1), ("24 13:00", "superseded", 1)]


def test_a_superseded_slot_that_comes_back_runs(bench: Workbench) -> None:
    bench.commit(at_hour(hour=20))
    bench.commit(at_hour(hour=21))
    assert bench.outcomes() == [("23 20:00", "superseded", 1)]
    bench.commit(at_hour(hour=20))

    bench.pass_time("2026-11-23 22:00")
    bench.finish_all()

    assert bench.outcomes() == [("23 20:00", "succeeded", 1), ("23 21:00", "superseded", 1)]


def test_an_edit_that_keeps_the_schedule_leaves_the_next_fire_alone(bench: Workbench) -> None:
    every = {"trigger": "interval", "hours": 24}
    bench.commit(make_sourced(schedule=every))
    before = bench.timer.live()

    for hour in range(1, 11):
        bench.clock.advance(3600)
        plan = bench.commit(make_sourced(schedule=every, description=f"edit {hour}"))
        assert [type(a) for a in plan.actions] == [Update]

    assert {u: j.next_due for u, j in bench.timer.live().items()} == {u: j.next_due for u, j in before.items()}


def test_a_run_in_flight_keeps_the_parameters_it_started_with(bench: Workbench) -> None:
    bench.commit(at_hour(hour=13, parameters={"argv": ["old"]}))
    bench.pass_time("2026-11-23 13:00")

    bench.commit(at_hour(hour=13, parameters={"argv": ["new"]}))
    bench.finish_all()

    [run] = bench.all_runs()
    assert run.parameters["argv"] == ["old"]
    assert run.digest != bench.job().manifest.digest


def test_applying_the_same_revision_again_writes_nothing(bench: Workbench) -> None:
    bench.commit(at_hour(), at_hour("other", hour=3), revision="same")
    synced = bench.stores.syncs.history().items
    events = bench.stores.journal.last_seq()

    for _ in range(100):
        assert bench.commit(at_hour(), at_hour("other", hour=3), revision="same").actions == ()

    assert bench.stores.syncs.history().items == synced
    assert bench.stores.journal.last_seq() == events


def test_a_rename_keeps_history_overrides_and_phase(bench: Workbench) -> None:
    bench.commit(at_hour("old", hour=13))
    bench.pass_time("2026-11-23 13:30")
    bench.finish_all()
    bench.overrides.pause("old", "ann", reason="audit")
    bench.sync()

    bench.commit(at_hour("new", hour=13, previous_ids=["old"]))

    assert bench.job("new").activity.state == "Paused"
    assert [run.state.value for run in bench.all_runs("new")] == ["succeeded"]
    assert [job.job_id for job in bench.catalog.jobs()] == ["new"]


def test_a_file_that_moves_is_no_deletion(bench: Workbench) -> None:
    bench.commit(at_hour())
    moved = make_sourced(schedule={"trigger": "cron", "expression": "0 16 * * *"}, origin=make_origin("team/a.yaml"))

    plan = bench.commit(moved)

    [action] = plan.actions
    assert isinstance(action, Update)
    assert action.changed == ("origin",)
    assert bench.job().origin.path == "team/a.yaml"


def test_a_job_that_returns_within_thirty_days_gets_its_pause_back(bench: Workbench) -> None:
    bench.commit(at_hour(), at_hour("other"))
    bench.overrides.pause("nightly", "ann", reason="vendor outage")
    plan = bench.commit(at_hour("other"))
    assert [type(a) for a in plan.actions] == [Delete]
    bench.clock.advance(29 * 86400)

    plan = bench.commit(at_hour("other"), at_hour())
    assert [type(a) for a in plan.actions] == [Create]

    assert bench.job().activity.state == "Paused"
    assert bench.job().override is not None
    assert bench.job().override.reason == "vendor outage"


def test_an_edit_from_one_to_true_is_a_change_although_python_calls_them_equal(bench: Workbench) -> None:
    verbs = []
    for value in (1, True, 1.0):
        plan = bench.commit(at_hour(parameters={"argv": ["true"], "extra": value}))
        verbs.append([action.verb for action in plan.actions])

    assert verbs == [["create"], ["update"], ["update"]]
    assert bench.sync().actions == ()


def test_a_daily_interval_under_an_hourly_redeploy_runs_three_times_in_three_days(bench: Workbench) -> None:
    every = {"trigger": "interval", "hours": 24}
    bench.commit(make_sourced(schedule=every))
    begun = bench.clock.now()

    for hour in range(1, 73):
        bench.pass_time((begun + timedelta(hours=hour)).isoformat())
        bench.finish_all()
        bench = bench.takeover(owner=f"life-{hour}")
        bench.commit(make_sourced(schedule=every, description=f"deploy {hour}"), revision=f"deploy-{hour}")

    assert [run.due_at for run in bench.all_runs()] == [at(f"2026-11-{day}") for day in (24, 25, 26)]
    assert [outcome for _, outcome, _ in bench.outcomes()] == ["succeeded"] * 3


def test_a_daily_job_moved_at_three_from_eight_to_two_does_not_run_again_that_day(bench: Workbench) -> None:
    bench.commit(at_hour(hour=8))
    bench.pass_time("2026-11-24 15:00")
    bench.finish_all()
    ran = bench.outcomes()

    bench.commit(at_hour(hour=14))
    bench.pass_time("2026-11-25 00:00")

    assert ran == [("24 08:00", "succeeded", 1)]
    assert bench.outcomes() == [*ran, ("25 08:00", "superseded", 1)]
    assert bench.job().next_run_time == at("2026-11-25 14:00")


def test_a_daily_job_moved_at_three_from_four_to_two_does_not_run_that_day_and_four_says_superseded(
    bench: Workbench,
) -> None:
    bench.commit(at_hour(hour=16))
    bench.clock.set(at("2026-11-23 15:00"))

    bench.commit(at_hour(hour=14))
    bench.pass_time("2026-11-24 00:00")

    assert bench.all_runs() == []
    [row] = bench.rows()
    assert (row.due_at, row.outcome) == (at("2026-11-23 16:00"), Outcome.SUPERSEDED)
    assert row.reason == "the schedule was changed before it was due"
