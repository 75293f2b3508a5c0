"""Backfills at the bench: planned, carried out one after the other, held back."""

from typing import Any

import pytest
from builders import at, make_sourced
from workbench import Workbench

from tasks_service.core.errors import Conflict, InvalidInput
from tasks_service.core.run import Trigger
from tasks_service.core.state import Sourced

NOON = at("2026-11-23 12:00")


def hourly(**keys: Any) -> Sourced:
    return make_sourced(schedule={"trigger": "interval", "hours": 1}, **keys)


def after_a_downtime(bench: Workbench, **policy: Any) -> Workbench:
    """Four slots were missed, from 13:00 to 16:00; it is half past four."""
    bench.commit(hourly(policy={"catch_up": {"policy": "none"}, **policy}))
    bench.clock.set(at("2026-11-23 16:30"))
    bench = bench.restart()
    bench.sync()
    return bench


def test_a_backfill_runs_what_was_missed_one_after_the_other_and_once(bench: Workbench) -> None:
    bench = after_a_downtime(bench)
    plan = bench.backfills.plan("nightly", NOON)
    assert (plan.total, [gap.outcome for gap in plan.slots]) == (4, ["missed_down"] * 4)

    done = bench.backfills.start("nightly", "ann", plan.plan, NOON, reason="outage")
    bench.step()
    assert len(bench.executor.running()) == 1
    for _ in range(4):
        bench.finish_all()

    assert [(run.due_at, run.trigger, run.actor) for run in bench.all_runs()] == [
        (gap.due_at, Trigger.BACKFILL, "ann") for gap in plan.slots
    ]
    assert len(done.queued) == 4
    assert [count for _, outcome, count in bench.outcomes() if outcome == "succeeded"] == [1, 1, 1, 1]
    assert bench.backfills.plan("nightly", NOON).total == 0
    with pytest.raises(Conflict, match="no longer true"):
        bench.backfills.start("nightly", "ann", plan.plan, NOON)
    audits = bench.stores.journal.audits(of="nightly", limit=5).items
    assert [(a.action, a.actor, a.outcome.split(":")[0]) for a in audits] == [
        ("job.backfill", "ann", "refused"),
        ("job.backfill", "ann", "done"),
    ]


def test_a_limit_takes_the_oldest(bench: Workbench) -> None:
    bench = after_a_downtime(bench)
    plan = bench.backfills.plan("nightly", NOON, limit=2)
    assert (plan.total, [gap.due_at.hour for gap in plan.slots]) == (4, [13, 14])


def test_the_schedule_goes_first_and_is_not_delayed(bench: Workbench) -> None:
    bench = after_a_downtime(bench)
    plan = bench.backfills.plan("nightly", NOON)
    bench.backfills.start("nightly", "ann", plan.plan, NOON)
    bench.step()
    bench.clock.advance(20 * 60)
    bench.finish_all()
    assert bench.executor.running() == frozenset()

    bench.pass_time("2026-11-23 17:00")

    [run_id] = bench.executor.running()
    assert bench.runs.run(run_id).trigger is Trigger.SCHEDULE
    bench.clock.advance(60)
    bench.finish_all()
    [run_id] = bench.executor.running()
    assert bench.runs.run(run_id).trigger is Trigger.BACKFILL


def test_a_paused_job_is_not_filled_unless_that_is_meant_and_a_later_pause_holds_the_rest_back(
    bench: Workbench,
) -> None:
    bench = after_a_downtime(bench)
    bench.overrides.pause("nightly", "bob")
    plan = bench.backfills.plan("nightly", NOON)
    assert plan.held == "job 'nightly' is paused: its slots of the past are not run meanwhile"
    with pytest.raises(Conflict, match="is paused"):
        bench.backfills.start("nightly", "ann", plan.plan, NOON)
    bench.clock.advance(1)

    bench.backfills.start("nightly", "ann", plan.plan, NOON, force=True)
    bench.step()
    assert len(bench.executor.running()) == 1
    bench.overrides.resume("nightly", "bob")
    bench.clock.advance(1)
    bench.overrides.pause("nightly", "bob")
    bench.finish_all()

    assert bench.executor.running() == frozenset()


@pytest.mark.parametrize(
    ("since", "until", "says"),
    [
        ("2026-11-23 12:00", "2026-11-23 12:00", "not before"),
        ("2025-11-22 12:00", "2026-11-23 12:30", "366 days"),
    ],
)
def test_an_empty_or_endless_stretch_is_refused(bench: Workbench, since: str, until: str, says: str) -> None:
    bench = after_a_downtime(bench)
    with pytest.raises(InvalidInput, match=says):
        bench.backfills.plan("nightly", at(since), at(until))


def test_a_stretch_with_too_many_slots_is_refused(bench: Workbench) -> None:
    bench.commit(make_sourced(schedule={"trigger": "interval", "seconds": 1}))
    bench.pass_time("2026-11-23 12:00:02")
    with pytest.raises(InvalidInput, match="more than 10000 fires"):
        bench.backfills.plan("nightly", at("2026-11-23 06:00"))
