"""Pause and resume over time: edits, restarts, expiry, force and catch-up."""

from datetime import timedelta
from typing import Any

import pytest
from builders import at, make_sourced
from workbench import Workbench, at_hour

from tasks_service.core.errors import Conflict, InvalidInput
from tasks_service.core.state import Sourced


def hourly(**keys: Any) -> Sourced:
    return make_sourced(schedule={"trigger": "interval", "hours": 1}, **keys)


def test_a_paused_job_skips_with_one_row_and_resumes_with_the_next_fire(bench: Workbench) -> None:
    bench.commit(hourly())
    bench.overrides.pause("nightly", "ann", reason="vendor outage")
    bench.sync()

    bench.pass_time("2026-11-23 15:30")
    bench.sync()
    bench.pass_time("2026-11-23 17:30")
    bench.sync()
    assert bench.outcomes() == [("23 13:00", "skipped_paused", 5)]

    bench.overrides.resume("nightly", "bob")
    bench.sync()
    bench.pass_time("2026-11-23 18:10")
    bench.finish_all()

    assert bench.outcomes() == [("23 13:00", "skipped_paused", 5), ("23 18:00", "succeeded", 1)]


def test_a_pause_survives_an_edit_and_a_restart(bench: Workbench) -> None:
    bench.commit(hourly())
    bench.overrides.pause("nightly", "ann", reason="vendor outage")
    bench.sync()

    bench.clock.set(at("2026-11-23 14:30"))
    bench = bench.restart()
    bench.commit(at_hour(hour=16))
    bench.pass_time("2026-11-23 17:00")
    bench.sync()

    job = bench.job()
    assert (job.activity.state, job.sync.state) == ("Paused", "Synced")
    assert job.override is not None
    assert job.override.reason == "vendor outage"
    assert bench.outcomes()[0] == ("23 13:00", "skipped_paused", 2)
    assert bench.outcomes()[-1] == ("23 16:00", "skipped_paused", 1)


def test_a_pause_that_the_leader_has_not_seen_yet_already_holds(bench: Workbench) -> None:
    bench.commit(hourly())
    bench.clock.set(at("2026-11-23 12:59"))

    bench.overrides.pause("nightly", "ann")
    bench.pass_time("2026-11-23 13:30")

    assert bench.outcomes() == [("23 13:00", "skipped_paused", 1)]


def test_a_pause_with_an_end_ends_by_itself_and_says_so(bench: Workbench) -> None:
    bench.commit(hourly())
    bench.overrides.pause("nightly", "ann", until=at("2026-11-23 14:30"))
    bench.sync()

    bench.pass_time("2026-11-23 14:31")
    bench.sync()
    bench.pass_time("2026-11-23 15:10")
    bench.finish_all()

    assert bench.outcomes() == [("23 13:00", "skipped_paused", 2), ("23 15:00", "succeeded", 1)]
    assert "override.expired" in {h.kind for h in bench.stores.journal.newest(50)}
    assert bench.job().override is None


def test_a_job_whose_deletion_is_held_is_paused_and_resumed_like_any_other(bench: Workbench) -> None:
    bench.commit(hourly(policy={"prune": "never"}), at_hour("other"))
    bench.commit(at_hour("other"))
    uid = bench.job().job_uid

    bench.overrides.pause("nightly", "ann", reason="vendor outage")
    bench.sync()
    assert bench.timer.live()[uid].halted
    assert bench.job().activity.state == "Paused"

    bench.overrides.resume("nightly", "bob")
    bench.sync()
    bench.pass_time("2026-11-23 13:00")
    assert bench.outcomes() == [("23 13:00", "open", 1)]


def test_repeating_a_pause_changes_nothing(bench: Workbench) -> None:
    bench.commit(hourly())

    first = bench.overrides.pause("nightly", "ann", reason="one")
    second = bench.overrides.pause("nightly", "bob", reason="two")

    assert (first.changed, second.changed) == (True, False)
    assert second.override is not None
    assert (second.override.actor, second.override.reason) == ("ann", "one")


def test_a_dry_run_tells_and_changes_nothing(bench: Workbench) -> None:
    bench.commit(hourly())

    answer = bench.overrides.pause("nightly", "ann", until=at("2026-11-23 15:30"), dry_run=True)

    assert answer.skipped == (at("2026-11-23 13:00"), at("2026-11-23 14:00"), at("2026-11-23 15:00"))
    assert answer.next_fire == at("2026-11-23 16:00")
    assert bench.job().override is None


def test_a_resume_catches_up_only_what_it_is_asked_to(bench: Workbench) -> None:
    bench.commit(hourly())
    bench.overrides.pause("nightly", "ann")
    bench.sync()
    bench.pass_time("2026-11-23 16:30")

    told = bench.overrides.resume("nightly", "ann", catch_up="latest", dry_run=True)
    answer = bench.overrides.resume("nightly", "ann", catch_up="latest")
    bench.sync()
    bench.pass_time("2026-11-23 16:45")
    bench.finish_all()

    assert told.caught_up == answer.caught_up == (at("2026-11-23 16:00"),)
    assert bench.outcomes() == [("23 13:00", "skipped_paused", 3), ("23 16:00", "succeeded", 1)]


def test_a_suspended_job_is_resumed_only_by_force_for_a_time_with_a_reason(bench: Workbench) -> None:
    bench.commit(hourly(suspend=True, suspend_reason="no token"))

    with pytest.raises(Conflict) as refused:
        bench.overrides.resume("nightly", "ann")
    assert "nightly.yaml" in refused.value.message
    with pytest.raises(InvalidInput):
        bench.overrides.resume("nightly", "ann", force=True, until=at("2026-11-24 12:00"))
    with pytest.raises(InvalidInput):
        bench.overrides.resume("nightly", "ann", force=True, reason="r", until=bench.clock.now() + timedelta(days=8))

    bench.overrides.resume("nightly", "ann", force=True, reason="try it", until=at("2026-11-23 14:30"))
    bench.sync()
    bench.pass_time("2026-11-23 14:31")
    bench.finish_all()
    bench.sync()
    bench.pass_time("2026-11-23 16:30")
    bench.sync()

    outcomes = [o for _, o, _ in bench.outcomes()]
    assert outcomes[0] == "succeeded"
    assert bench.outcomes()[-1] == ("23 15:00", "skipped_suspended", 2)
    refusals = [a for a in bench.stores.journal.audits(of="nightly").items if a.outcome.startswith("refused")]
    assert len(refusals) == 3


def test_a_suspended_job_may_still_be_run_by_hand(bench: Workbench) -> None:
    bench.commit(hourly(suspend=True, suspend_reason="no token"))

    bench.runs.run_now("nightly", "ann")
    bench.step()
    bench.finish_all()

    assert [run.state.value for run in bench.all_runs()] == ["succeeded"]
