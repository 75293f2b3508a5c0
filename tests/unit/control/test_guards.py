"""What guards keep back waits as it was, until its own plan is confirmed or its time has come."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from builders import at, make_snapshot, make_sourced
from fakes import FakeClock, FakeSource
from workbench import Workbench, at_hour

from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.guards.rules import GuardRules
from tasks_service.core.guards.windows import SyncWindow
from tasks_service.core.schedule import Cron
from tasks_service.core.state import Sourced

BROKEN = Diagnostic(rule="JM001", message="it ends too early", path="other.yaml", line=3, column=7)
Bench = Callable[[GuardRules], Workbench]


@pytest.fixture
def guarded(fresh_database: str) -> Iterator[Bench]:
    with ExitStack() as open_ones:

        def build(guards: GuardRules) -> Workbench:
            clock = FakeClock(at("2026-11-23 12:00"))
            files = FakeSource(clock, make_snapshot())
            return Workbench(fresh_database, clock, files, open_ones=open_ones, guards=guards).lead()

        yield build


def often(job_id: str) -> Sourced:
    return make_sourced(job_id, schedule={"trigger": "interval", "seconds": 15})


def test_a_change_of_load_is_held_and_the_old_schedule_goes_on(bench: Workbench) -> None:
    bench.commit(at_hour("a", hour=13), at_hour("b"))
    fire = bench.job("a").next_run_time

    held = bench.commit(often("a"), at_hour("b", hour=18))

    assert [(h.action.verb, h.action.job_id) for h in held.held] == [("update", "a")]
    assert [a.job_id for a in held.actions] == ["b"]
    assert bench.job("a").next_run_time == fire
    assert bench.job("a").sync.state == "Blocked"
    assert "raises runs per day from 2 to 5,761" in bench.job("a").sync.reason


def test_a_confirmation_is_bound_to_the_exact_change(bench: Workbench) -> None:
    bench.commit(at_hour("a"))
    held = bench.commit(often("a"), revision="r2")
    bench.stores.syncs.confirm(held.plan_id, "ann", bench.clock.now())

    other = bench.commit(make_sourced("a", schedule={"trigger": "interval", "seconds": 10}), revision="r3")
    assert [h.action.job_id for h in other.held] == ["a"]

    again = bench.commit(often("a"), revision="r4")
    assert again.plan_id == held.plan_id
    assert [h.action.job_id for h in again.held] == ["a"], "another change came between: it is asked anew"

    bench.stores.syncs.confirm(again.plan_id, "ann", bench.clock.now())
    bench.sync()
    assert bench.job("a").manifest.schedule.trigger == "interval"


def test_a_confirmation_counts_once(bench: Workbench) -> None:
    """The same slip, made again next month, is asked about again."""
    bench.commit(at_hour("a"))
    held = bench.commit(often("a"))
    bench.stores.syncs.confirm(held.plan_id, "ann", bench.clock.now())
    bench.sync()
    bench.commit(at_hour("a"))

    again = bench.commit(often("a"))

    assert again.plan_id == held.plan_id
    assert [h.action.job_id for h in again.held] == ["a"]


def test_a_confirmation_waits_for_a_source_that_cannot_be_read(bench: Workbench) -> None:
    bench.commit(at_hour("a"))
    held = bench.commit(often("a"), revision="r2")
    bench.stores.syncs.confirm(held.plan_id, "ann", bench.clock.now())
    files = bench.files
    assert isinstance(files, FakeSource)
    files.show("the directory manifests does not exist")
    bench.sync()

    bench.commit(often("a"), revision="r2")

    assert bench.job("a").manifest.schedule.trigger == "interval"


def test_what_no_confirmation_helps_with_has_no_plan_to_confirm(bench: Workbench) -> None:
    bench.commit(at_hour("a", policy={"prune": "never"}), at_hour("b"))

    held = bench.commit(at_hour("b"))

    assert [h.action.job_id for h in held.held] == ["a"]
    assert held.plan_id == ""


def test_a_deletion_that_asks_is_confirmed_alone_whatever_else_is_held(bench: Workbench) -> None:
    bench.commit(at_hour("a", policy={"prune": "never"}), at_hour("b", policy={"prune": "confirm"}), at_hour("c"))
    held = bench.commit(at_hour("c"))

    bench.stores.syncs.confirm(held.plan_id, "ann", bench.clock.now())
    bench.sync()

    assert [job.job_id for job in bench.catalog.jobs()] == ["a", "c"]


def test_a_job_that_is_held_says_how_far_it_is_behind(bench: Workbench) -> None:
    bench.commit(at_hour("a"), revision="r1")
    bench.commit(often("a"), revision="r2")
    bench.clock.advance(3 * 86400)
    bench.commit(often("a"), revision="r3")

    told = bench.job("a").sync

    assert told.lag
    assert (told.lag.running, told.lag.observed, told.lag.since) == ("r1", "r3", at("2026-11-23 12:00"))
    assert "r1 of 2026-11-23 12:00 UTC stays in force, 3 days behind revision r3" in told.told


def test_what_waits_still_does_while_its_source_cannot_be_read(bench: Workbench) -> None:
    bench.commit(at_hour("a"), revision="r1")
    bench.commit(often("a"), revision="r2")
    files = bench.files
    assert isinstance(files, FakeSource)

    files.show("the directory manifests does not exist")
    bench.clock.advance(20)
    bench.sync()

    assert bench.stores.syncs.verdict() == ("Blocked", "directory: the directory manifests does not exist")
    assert (bench.job("a").sync.state, "raises runs" in bench.job("a").sync.reason) == ("Blocked", True)
    bench.commit(often("a"), revision="r2")
    lag = bench.job("a").sync.lag
    assert lag and lag.since == at("2026-11-23 12:00")


def test_the_reconciler_looks_again_when_a_window_opens(guarded: Bench) -> None:
    begins = Cron(trigger="cron", expression="0 11 * * *", timezone="UTC")
    freeze = SyncWindow(kind="deny", begins=begins, duration=timedelta(minutes=60, seconds=7))
    bench = guarded(GuardRules(windows=(freeze,)))
    bench.commit(at_hour("a"))

    assert bench.reconciler.step() == 7


def test_an_edit_of_its_labels_leads_no_job_out_of_a_window(guarded: Bench) -> None:
    begins = Cron(trigger="cron", expression="0 13 * * *", timezone="UTC")
    freeze = SyncWindow(kind="deny", begins=begins, duration=timedelta(hours=1), labels=(("team", "billing"),))
    bench = guarded(GuardRules(windows=(freeze,)))
    bench.commit(at_hour("a", labels={"team": "billing"}), at_hour("b"))
    bench.clock.set(at("2026-11-23 13:30"))

    held = bench.commit(at_hour("a", labels={"team": "data"}, hour=17), at_hour("b", hour=17))

    assert [h.action.job_id for h in held.held] == ["a"]
    assert [a.job_id for a in held.actions] == ["b"]


def test_each_source_is_applied_by_itself(bench: Workbench) -> None:
    bench.commit(at_hour("a"), revision="r1")
    bench.commit(at_hour("a"), revision="r2", problems=(BROKEN,))

    [state] = [s for s in bench.stores.syncs.sources() if s.name == "directory"]

    assert (state.observed, state.attempted, state.applied) == ("r2", "r2", "r1")
    [api] = [s for s in bench.stores.syncs.sources() if s.name == "api"]
    assert api.applied == api.observed


def test_a_new_job_that_is_held_does_not_exist_yet(bench: Workbench) -> None:
    bench.commit(at_hour("a"))

    held = bench.commit(at_hour("a"), often("b"))
    assert [job.job_id for job in bench.catalog.jobs()] == ["a"]

    bench.stores.syncs.confirm(held.plan_id, "ann", bench.clock.now())
    bench.sync()
    assert [job.job_id for job in bench.catalog.jobs()] == ["a", "b"]


def test_suspensions_are_counted_against_the_jobs_that_come_with_them_too(bench: Workbench) -> None:
    jobs = [at_hour(f"job{n}", hour=13) for n in range(14)]
    bench.commit(*jobs)

    asleep = [at_hour(f"job{n}", hour=13, suspend=True, suspend_reason="freeze") for n in range(3)]
    first = bench.commit(*asleep, *jobs[3:], at_hour("new"))

    assert first.held == (), "20 % of the 15 that there would be: the next look would say so, too"


def test_many_suspensions_wait_and_the_jobs_go_on_meanwhile(bench: Workbench) -> None:
    jobs = [at_hour(f"job{n}", hour=13) for n in range(5)]
    bench.commit(*jobs)
    asleep = [at_hour(f"job{n}", hour=13, suspend=True, suspend_reason="freeze") for n in range(5)]

    held = bench.commit(*asleep)
    bench.pass_time("2026-11-23 13:01")
    bench.finish_all()

    assert len(held.held) >= 5
    assert {bench.job(f"job{n}").activity.state for n in range(5)} == {"Active"}
    bench.stores.syncs.confirm(held.plan_id, "ann", bench.clock.now())
    bench.sync()
    assert {bench.job(f"job{n}").activity.state for n in range(5)} == {"Suspended"}


def test_a_closed_window_lets_changes_wait_and_applies_them_when_it_opens(guarded: Bench) -> None:
    begins = Cron(trigger="cron", expression="0 20 * * *", timezone="UTC")
    night = SyncWindow(kind="allow", begins=begins, duration=timedelta(hours=2))
    bench = guarded(GuardRules(windows=(night,)))

    held = bench.commit(at_hour("a"))
    assert [h.reason for h in held.held] == ["the sync window is closed until 2026-11-23 20:00 UTC"]
    bench.stores.syncs.confirm(held.plan_id, "ann", bench.clock.now())
    assert bench.sync().actions == ()

    bench.clock.set(at("2026-11-23 20:00"))
    assert [a.verb for a in bench.sync().actions] == ["create"]


def test_a_window_that_may_be_overruled_is_overruled_by_a_confirmation(guarded: Bench) -> None:
    begins = Cron(trigger="cron", expression="0 11 * * *", timezone="UTC")
    freeze = SyncWindow(kind="deny", begins=begins, duration=timedelta(hours=8), manual=True)
    bench = guarded(GuardRules(windows=(freeze,)))

    held = bench.commit(at_hour("a"))
    assert held.actions == ()
    bench.stores.syncs.confirm(held.plan_id, "ann", bench.clock.now())

    assert [a.verb for a in bench.sync().actions] == ["create"]


def test_a_deletion_waits_for_its_window_too(guarded: Bench) -> None:
    begins = Cron(trigger="cron", expression="0 13 * * *", timezone="UTC")
    freeze = SyncWindow(kind="deny", begins=begins, duration=timedelta(hours=1))
    bench = guarded(GuardRules(windows=(freeze,)))
    bench.commit(at_hour("a"), at_hour("b"))
    bench.clock.set(at("2026-11-23 13:30"))

    held = bench.commit(at_hour("a"))
    assert [h.action.verb for h in held.held] == ["delete"]

    bench.clock.set(at("2026-11-23 14:00"))
    bench.sync()
    assert [job.job_id for job in bench.catalog.jobs()] == ["a"]
