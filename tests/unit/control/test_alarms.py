"""Alarms: raised once when expectation is disappointed, cleared once when it is met, across restarts and takeovers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from builders import at, make_sourced
from workbench import Workbench, at_hour

from tasks_service.core.alarm import Alarm
from tasks_service.core.run import RunResult, RunState
from tasks_service.core.state import Sourced
from tasks_service.core.stores import AlarmFilter

QUARTER = {"grace": "15m"}


def told(bench: Workbench) -> list[tuple[str, str]]:
    """The events of alarms, oldest first: kind of alarm, and what happened to it."""
    events = bench.stores.journal.after(0)
    return [(str(e.data["kind"]), e.kind.removeprefix("alarm.")) for e in events if e.kind.startswith("alarm.")]


def past(bench: Workbench) -> Alarm:
    """The newest alarm that is over."""
    return bench.stores.alarms.alarms(AlarmFilter(open=False)).items[0]


def opened(bench: Workbench) -> Alarm:
    [alarm] = bench.stores.alarms.open()
    return alarm


def run_until(bench: Workbench, moment: str, state: RunState = RunState.SUCCEEDED) -> None:
    bench.pass_time(moment)
    bench.finish_all(state)


def at_minute(job_id: str, minute: int) -> Sourced:
    """A job that runs every hour at a minute."""
    return make_sourced(job_id, schedule={"trigger": "cron", "expression": f"{minute} * * * *"})


def wait_in_the_queue(bench: Workbench, moment: str) -> None:
    """Let time pass while no run begins."""
    bench.runner.draining = True
    bench.pass_time(moment)


def test_a_late_run_is_told_once_and_again_when_it_starts(bench: Workbench) -> None:
    bench.commit(at_hour(expect=QUARTER))
    run_until(bench, "2026-11-23 17:00")
    wait_in_the_queue(bench, "2026-11-24 16:15")
    assert bench.look() == []

    bench.clock.set(at("2026-11-24 16:15:01"))
    assert bench.look() == ["late"]
    bench.clock.set(at("2026-11-24 17:00"))
    assert bench.look() == ["late"]

    late = opened(bench)
    assert (late.since, late.raised_at) == (at("2026-11-24 16:00"), at("2026-11-24 16:15:01"))
    assert late.reason == "the run due at 2026-11-24 16:00 UTC waits in the queue; the grace is 15m"
    bench.runner.draining = False
    bench.step()
    assert bench.look() == []
    assert past(bench).cleared_by == "a run started at 2026-11-24 17:00 UTC"
    assert told(bench) == [("late", "raised"), ("late", "cleared")]


def test_a_fire_that_nobody_claims_is_late(bench: Workbench) -> None:
    bench.commit(at_hour(expect=QUARTER))
    run_until(bench, "2026-11-23 17:00")
    bench.look()

    bench.clock.set(at("2026-11-24 16:20"))

    assert bench.look() == ["late"]
    assert opened(bench).reason == "due at 2026-11-24 16:00 UTC and not started; the grace is 15m"
    assert bench.job().health.state == "Late"
    bench.timer.tick()
    run_until(bench, "2026-11-24 16:21")
    assert bench.look() == []


def test_fires_missed_by_a_downtime_are_told_until_it_runs_again(bench: Workbench) -> None:
    bench.commit(at_hour(policy={"catch_up": {"policy": "none", "deadline": "72h"}}))
    run_until(bench, "2026-11-23 17:00")
    bench.clock.set(at("2026-11-25 17:00"))

    later = bench.restart()
    later.sync()

    assert later.look() == ["missed"]
    missed = opened(later)
    assert missed.since == at("2026-11-24 16:00")
    assert missed.reason.startswith("2 fires up to 2026-11-25 16:00 UTC: the service was down")
    later.pass_time("2026-11-26 16:01")
    assert later.look() == []
    assert past(later).cleared_by == "a run started at 2026-11-26 16:00 UTC"


def test_a_run_overruns_while_it_runs(bench: Workbench) -> None:
    bench.commit(at_hour(expect={"max_runtime": "10m"}))
    bench.pass_time("2026-11-23 16:10")
    assert bench.look() == []

    bench.clock.set(at("2026-11-23 16:11"))

    assert bench.look() == ["overrunning"]
    assert (opened(bench).since, opened(bench).run_id) == (at("2026-11-23 16:10"), bench.all_runs()[0].run_id)
    bench.finish_all()
    assert bench.look() == []
    assert past(bench).cleared_by == "the run succeeded at 2026-11-23 16:11 UTC"


def test_another_run_that_overruns_is_another_alarm(bench: Workbench) -> None:
    bench.commit(at_hour(expect={"max_runtime": "10m"}, policy={"overlap": "allow"}))
    bench.pass_time("2026-11-23 16:11")
    bench.look()
    bench.runs.run_now("nightly", "ann")
    bench.step()
    bench.clock.set(at("2026-11-23 16:30"))
    bench.look()

    bench.executor.end(bench.all_runs()[0].run_id)
    bench.step()

    assert bench.look() == ["overrunning"]
    assert opened(bench).run_id == bench.all_runs()[1].run_id
    assert told(bench) == [("overrunning", "raised"), ("overrunning", "cleared"), ("overrunning", "raised")]


def test_a_job_that_never_ran_is_told_after_its_first_fire(bench: Workbench) -> None:
    bench.commit(at_hour(expect=QUARTER, policy={"catch_up": {"policy": "none"}}))
    assert bench.look() == []
    bench.clock.set(at("2026-11-23 18:00"))

    later = bench.restart()

    assert sorted(later.look()) == ["missed", "never_ran"]
    never = next(alarm for alarm in later.stores.alarms.open() if alarm.kind.value == "never_ran")
    assert (never.since, never.job_id) == (at("2026-11-23 16:00"), "nightly")
    run_until(later, "2026-11-24 16:01")
    assert later.look() == []
    assert later.job().health.state == "Healthy"


def test_failures_in_a_row_are_one_alarm_that_counts(bench: Workbench) -> None:
    bench.commit(at_hour())
    for day in (23, 24, 25):
        run_until(bench, f"2026-11-{day} 16:01", RunState.FAILED)
        assert bench.look() == ["failing"]

    failing = opened(bench)
    assert (failing.failures, failing.since) == (3, at("2026-11-23 16:01"))
    assert failing.reason.startswith("3 times in a row: ")
    assert failing.run_id == bench.all_runs()[-1].run_id

    run_until(bench, "2026-11-26 16:01")
    assert bench.look() == []
    assert past(bench).failures == 3
    assert past(bench).cleared_by == "the run succeeded at 2026-11-26 16:01 UTC"
    assert told(bench) == [("failing", "raised"), ("failing", "cleared")]


def test_a_failed_attempt_that_is_tried_again_is_no_failure_yet(bench: Workbench) -> None:
    bench.commit(at_hour(policy={"retry": {"attempts": 1, "delay": "1m"}}))
    run_until(bench, "2026-11-23 16:01", RunState.FAILED)
    assert bench.look() == []
    assert "attempt 2" in bench.job().health.reason

    run_until(bench, "2026-11-23 16:03", RunState.FAILED)

    assert bench.look() == ["failing"]
    assert opened(bench).failures == 1


def test_a_run_that_is_lost_is_told_until_another_one_ends(bench: Workbench) -> None:
    bench.commit(at_hour())
    bench.pass_time("2026-11-23 16:01")

    later = bench.restart()

    assert later.look() == ["lost"]
    assert "is gone" in opened(later).reason
    run_until(later, "2026-11-24 16:01")
    assert later.look() == []


def test_a_restart_and_a_takeover_raise_nothing_again(bench: Workbench) -> None:
    bench.commit(at_hour(expect=QUARTER))
    run_until(bench, "2026-11-23 17:00")
    wait_in_the_queue(bench, "2026-11-24 16:30")
    assert bench.look() == ["late"]

    second = bench.restart()
    second.runner.draining = True
    assert second.look() == ["late"]
    second.clock.set(at("2026-11-24 17:30"))
    third = second.restart(owner="third")
    assert third.look() == ["late"]
    assert opened(third).raised_at == at("2026-11-24 16:30")
    third.step()
    third.look()

    assert told(third) == [("late", "raised"), ("late", "cleared")]


def test_what_ended_while_nobody_led_is_cleared_by_the_next_leader(bench: Workbench) -> None:
    bench.commit(at_hour(expect={"max_runtime": "10m"}))
    bench.pass_time("2026-11-23 16:30")
    assert bench.look() == ["overrunning"]

    later = bench.restart()

    assert later.look() == ["lost"]
    assert past(later).cleared_by == "the run was lost at 2026-11-23 16:30 UTC"


def test_a_pause_ends_what_is_late_and_what_never_ran(bench: Workbench) -> None:
    bench.commit(at_hour(expect=QUARTER))
    bench.look()
    wait_in_the_queue(bench, "2026-11-23 16:30")
    assert sorted(bench.look()) == ["late", "never_ran"]

    bench.overrides.pause("nightly", "ann", reason="vendor outage")
    bench.sync()

    assert bench.look() == []
    ended = bench.stores.alarms.alarms(AlarmFilter()).items
    assert {alarm.cleared_by for alarm in ended} == {"paused by ann: vendor outage"}
    assert bench.job().health.state == "NeverRan"


def test_suspending_a_job_ends_what_it_missed_and_failures_stay(bench: Workbench) -> None:
    catch_up = {"policy": {"catch_up": {"policy": "none"}}}
    bench.commit(at_hour(**catch_up))
    run_until(bench, "2026-11-23 16:01", RunState.FAILED)
    bench.clock.set(at("2026-11-24 17:00"))
    later = bench.restart()
    later.sync()
    assert sorted(later.look()) == ["failing", "missed"]

    later.commit(at_hour(suspend=True, suspend_reason="until the move is over", **catch_up))

    assert later.look() == ["failing"]
    assert past(later).cleared_by == "suspended by the manifest: until the move is over"


def test_fires_of_a_paused_job_are_never_late_nor_missed(bench: Workbench) -> None:
    bench.commit(at_hour(expect=QUARTER, policy={"catch_up": {"policy": "none"}}))
    bench.overrides.pause("nightly", "ann")
    bench.sync()
    bench.pass_time("2026-11-25 17:00")
    assert bench.look() == []

    later = bench.restart()
    later.clock.set(at("2026-11-27 17:00"))
    last = later.restart(owner="third")
    last.sync()
    assert last.look() == []
    last.overrides.resume("nightly", "ann")
    last.sync()
    assert last.look() == []
    run_until(last, "2026-11-28 16:01")

    assert last.look() == []
    assert told(last) == []


def test_alarms_of_a_deleted_job_end_with_it(bench: Workbench) -> None:
    bench.commit(at_hour(), at_hour("other", 17))
    run_until(bench, "2026-11-23 16:01", RunState.FAILED)
    assert bench.look() == ["failing"]

    bench.commit(at_hour("other", 17))

    assert bench.look() == []
    assert past(bench).cleared_by == "the job was deleted"


def test_an_edit_of_what_is_expected_ends_an_alarm(bench: Workbench) -> None:
    bench.commit(at_hour(expect={"max_runtime": "5m"}))
    bench.pass_time("2026-11-23 16:06")
    assert bench.look() == ["overrunning"]

    bench.commit(at_hour(expect={"max_runtime": "9m"}))

    assert bench.look() == []
    assert past(bench).cleared_by == "what is expected of it was changed"


def test_an_event_that_was_lost_is_made_up_for(bench: Workbench) -> None:
    bench.commit(at_hour())
    bench.pass_time("2026-11-23 16:01")
    bench.look()
    [run] = bench.all_runs()
    failed = RunResult(run_id=run.run_id, state=RunState.FAILED)
    bench.stores.ledger.finish(failed, run.owner, bench.clock.now())
    assert bench.look() == []

    bench.clock.advance(601)

    assert bench.look() == ["failing"]


class CountingInventory:
    """An inventory that notes how many jobs are read at once."""

    def __init__(self, inventory: Any) -> None:
        self._inventory = inventory
        self.read: list[int] = []

    def of(self, job_uids: Sequence[str]) -> Any:
        self.read.append(len(job_uids))
        return self._inventory.of(job_uids)


def test_jobs_of_which_nothing_changed_are_not_read(bench: Workbench) -> None:
    inventory = CountingInventory(bench.stores.inventory)
    bench.watch_with(replace(bench.stores, inventory=inventory))
    every = [at_minute(f"job{n}", n + 1) for n in range(40)]
    bench.commit(*every)

    for moment in ("12:00:30", "12:00:40", "12:01:10", "12:01:20", "12:03:10"):
        bench.pass_time(f"2026-11-23 {moment}")
        bench.finish_all()
        bench.look()

    assert inventory.read == [40, 1, 2]
