"""Claiming, starting, ending, retrying, losing and catching up."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from builders import at, make_sourced
from workbench import NoSecrets, Workbench, at_hour

from tasks_service.control.identity import Identity
from tasks_service.control.requests import RequestWriter
from tasks_service.control.runner import Runner
from tasks_service.core.errors import Conflict, InvalidInput, StoreUnavailable
from tasks_service.core.run import BotApi, Outcome, RunState, Trigger
from tasks_service.core.state import Sourced
from tasks_service.core.stores import Ledger
from tasks_service.jobs.job_registry import load_job_types


def hourly(**keys: Any) -> Sourced:
    return make_sourced(schedule={"trigger": "interval", "hours": 1}, **keys)


def test_a_due_job_runs_once_and_its_row_says_how(bench: Workbench) -> None:
    bench.commit(at_hour(hour=13))

    bench.pass_time("2026-11-23 13:00")
    bench.dispatcher.due(bench.job().job_uid)
    bench.step()
    bench.finish_all()

    [run] = bench.all_runs()
    assert (run.due_at, run.state, run.trigger) == (at("2026-11-23 13:00"), RunState.SUCCEEDED, Trigger.SCHEDULE)
    assert run.lateness_seconds == 0
    assert len(bench.executor.submitted) == 1


def test_a_slot_that_comes_due_while_the_last_run_goes_on_is_skipped_with_a_reason(bench: Workbench) -> None:
    bench.commit(hourly())

    bench.pass_time("2026-11-23 15:00")
    bench.finish_all()

    assert bench.outcomes() == [("23 13:00", "succeeded", 1), ("23 14:00", "skipped_overlap", 2)]
    assert "still under way" in bench.rows()[1].reason


def test_overlap_allow_runs_them_side_by_side(bench: Workbench) -> None:
    bench.commit(hourly(policy={"overlap": "allow"}))

    bench.pass_time("2026-11-23 15:00")

    assert len(bench.executor.running()) == 3


def test_a_failed_run_is_tried_again_after_growing_waits(bench: Workbench) -> None:
    retry = {"attempts": 2, "delay": "1m", "max_delay": "10m", "jitter": 0}
    bench.commit(at_hour(hour=13, policy={"retry": retry}))
    bench.pass_time("2026-11-23 13:00")

    bench.finish_all(RunState.FAILED)
    bench.pass_time("2026-11-23 13:01")
    bench.finish_all(RunState.TIMED_OUT)
    bench.pass_time("2026-11-23 13:02")
    assert len(bench.executor.submitted) == 2
    bench.pass_time("2026-11-23 13:03")
    bench.finish_all()

    assert [(r.attempt, r.state.value) for r in bench.all_runs()] == [
        (1, "failed"),
        (2, "timed_out"),
        (3, "succeeded"),
    ]
    assert [r.lateness_seconds for r in bench.all_runs()] == [0, 60, 180]
    assert bench.outcomes() == [("23 13:00", "succeeded", 1)]


def test_an_attempt_that_would_start_at_the_next_fire_is_given_up_and_the_row_says_so(bench: Workbench) -> None:
    retry = {"attempts": 1, "delay": "1h", "max_delay": "1h", "jitter": 0}
    bench.commit(hourly(policy={"retry": retry}))
    bench.pass_time("2026-11-23 13:00")
    bench.clock.advance(1)

    bench.finish_all(RunState.FAILED)

    assert bench.outcomes() == [("23 13:00", "failed", 1)]
    assert "attempt 2 is given up: it would start at 2026-11-23 14:00:01 UTC" in bench.rows()[0].reason


def test_a_queued_occurrence_starts_when_the_run_under_way_has_ended_and_a_second_one_is_skipped(
    bench: Workbench,
) -> None:
    bench.commit(hourly(policy={"overlap": "queue"}))
    bench.pass_time("2026-11-23 15:00")
    assert len(bench.executor.running()) == 1

    bench.finish_all()
    assert [r.due_at.hour for r in bench.all_runs() if r.state is RunState.RUNNING] == [14]
    bench.finish_all()

    assert bench.outcomes() == [
        ("23 13:00", "succeeded", 1),
        ("23 14:00", "succeeded", 1),
        ("23 15:00", "skipped_overlap", 1),
    ]
    assert "queue holds one" in bench.rows()[2].reason


def test_a_queued_occurrence_waits_for_a_manual_run_too(bench: Workbench) -> None:
    bench.commit(hourly(policy={"overlap": "queue"}))
    bench.runs.run_now("nightly", "ann")
    bench.step()

    bench.pass_time("2026-11-23 13:00")
    assert [r.trigger for r in bench.all_runs() if r.state is RunState.RUNNING] == [Trigger.MANUAL]
    bench.finish_all()

    assert [r.trigger for r in bench.all_runs() if r.state is RunState.RUNNING] == [Trigger.SCHEDULE]


def test_the_newest_occurrence_ends_the_run_under_way_and_starts_only_after_its_end(bench: Workbench) -> None:
    bench.commit(hourly(policy={"overlap": "cancel_previous", "retry": {"attempts": 3}}))
    bench.pass_time("2026-11-23 14:00")
    bench.step()
    first, second = bench.all_runs()

    assert list(bench.executor.cancelled) == [first.run_id]
    assert first.cancel_requested_by == "policy.overlap"
    assert "the occurrence due at 2026-11-23 14:00:00 UTC takes its place" in first.cancel_reason
    assert bench.outcomes() == [("23 13:00", "cancelled", 1), ("23 14:00", "open", 1)]
    assert second.state is RunState.RUNNING
    assert [request.run_id for request in bench.executor.submitted] == [first.run_id, second.run_id]


def test_a_run_of_a_dead_process_is_lost_and_not_repeated_unless_asked(bench: Workbench) -> None:
    bench.commit(at_hour(hour=13), at_hour("again", hour=13, policy={"retry": {"attempts": 1, "on_lost": True}}))
    bench.pass_time("2026-11-23 13:00")

    bench.clock.set(at("2026-11-23 13:05"))
    bench = bench.restart()
    bench.pass_time("2026-11-23 13:10")

    assert bench.outcomes() == [("23 13:00", "lost", 1)]
    assert [r.state.value for r in bench.all_runs("again")] == ["lost", "running"]


def test_a_late_result_of_a_lost_run_changes_nothing(bench: Workbench) -> None:
    bench.commit(at_hour(hour=13))
    bench.pass_time("2026-11-23 13:00")
    [run_id] = bench.executor.running()

    second = bench.restart()
    second.runner.finished(bench.executor.end(run_id))
    second.step()

    assert [r.state.value for r in second.all_runs()] == ["lost"]


def test_what_was_queued_when_the_process_died_starts_afterwards(bench: Workbench) -> None:
    bench.commit(at_hour(hour=13))
    bench.clock.set(at("2026-11-23 13:00"))
    bench.dispatcher.settle([bench.job().job_uid])

    bench = bench.restart()
    bench.step()
    bench.finish_all()

    assert bench.outcomes() == [("23 13:00", "succeeded", 1)]


def test_latest_catches_up_one_and_accounts_for_the_others(bench: Workbench) -> None:
    bench.commit(hourly())
    bench.clock.set(at("2026-11-23 16:30"))

    bench = bench.restart()
    bench.step()
    bench.finish_all()

    assert bench.outcomes() == [("23 13:00", "coalesced", 3), ("23 16:00", "succeeded", 1)]
    assert [r.trigger for r in bench.all_runs()] == [Trigger.CATCH_UP]


def test_none_catches_up_nothing(bench: Workbench) -> None:
    bench.commit(hourly(policy={"catch_up": {"policy": "none"}}))
    bench.clock.set(at("2026-11-23 16:30"))

    bench = bench.restart()
    bench.step()

    assert bench.outcomes() == [("23 13:00", "missed_down", 4)]


def test_all_catches_up_one_after_the_other(bench: Workbench) -> None:
    bench.commit(hourly(policy={"catch_up": {"policy": "all", "max_runs": 3}}))
    bench.clock.set(at("2026-11-23 17:30"))

    bench = bench.restart()
    for _ in range(4):
        bench.step()
        assert len(bench.executor.running()) <= 1
        bench.finish_all()

    assert [o for _, o, _ in bench.outcomes()] == ["coalesced", "succeeded", "succeeded", "succeeded"]


def test_a_date_in_the_past_is_recorded_as_missed_and_the_job_is_exhausted(bench: Workbench) -> None:
    past = make_sourced(schedule={"trigger": "date", "run_date": "2026-11-20T13:00:00Z"})
    bench.commit(past)
    bench.pass_time("2026-11-23 13:30")

    [row] = bench.rows()
    assert (row.due_at, row.outcome) == (at("2026-11-20 13:00"), Outcome.MISSED_DEADLINE)
    assert row.reason == "the date had passed when the job was first applied"
    assert (bench.job().activity.state, bench.job().health.state) == ("Exhausted", "Missed")
    bench.commit()
    bench.commit(past)
    assert len(bench.rows()) == 1


def test_a_date_runs_once_and_its_job_is_exhausted(bench: Workbench) -> None:
    bench.commit(make_sourced(schedule={"trigger": "date", "run_date": "2026-11-23T13:00:00Z"}))
    bench.pass_time("2026-11-23 13:30")
    bench.finish_all()

    bench.sync()

    assert bench.outcomes() == [("23 13:00", "succeeded", 1)]
    assert bench.job().activity.state == "Exhausted"
    assert bench.sync().actions == ()


def test_a_deleted_job_lets_its_run_finish_unless_it_says_cancel(bench: Workbench) -> None:
    kept, ended = at_hour("kept", hour=13), at_hour("ended", hour=13, policy={"on_delete": "cancel"})
    bench.commit(kept, ended, at_hour("other"))
    bench.pass_time("2026-11-23 13:00")

    bench.commit(at_hour("other"))

    [left] = bench.executor.running()
    assert [r.job_id for r in bench.executor.submitted if r.run_id == left] == ["kept"]


def test_a_queued_run_is_cancelled_and_a_running_one_is_asked_to_end(bench: Workbench) -> None:
    bench.commit(at_hour(hour=13))
    queued = bench.runs.run_now("nightly", "ann")
    assert bench.runs.cancel(queued.run_id, "ann").state is RunState.CANCELLED

    running = bench.runs.run_now("nightly", "ann")
    bench.step()
    bench.runs.cancel(running.run_id, "bob", "wrong day")
    bench.step()
    bench.step()

    assert bench.executor.cancelled == {running.run_id: "cancelled by bob: wrong day"}
    assert bench.runs.run(running.run_id).state is RunState.CANCELLED
    with pytest.raises(Conflict):
        bench.runs.cancel(running.run_id, "bob")


def test_a_manual_run_takes_other_parameters_validated_like_any(bench: Workbench) -> None:
    bench.commit(at_hour())

    run = bench.runs.run_now("nightly", "ann", parameters={"argv": ["false"]}, key="once")
    assert bench.runs.run_now("nightly", "ann", parameters={"argv": ["false"]}, key="once").run_id == run.run_id
    with pytest.raises(InvalidInput):
        bench.runs.run_now("nightly", "ann", parameters={"argv": 5})

    bench.step()
    assert [r.parameters["argv"] for r in bench.executor.submitted] == [["false"]]


def test_no_more_runs_than_allowed_are_under_way_and_none_is_dropped(bench: Workbench) -> None:
    bench.commit(*(at_hour(f"job{n}", hour=13) for n in range(12)))

    bench.pass_time("2026-11-23 13:00")
    assert len(bench.executor.running()) == 8
    bench.finish_all()
    bench.finish_all()

    assert all(bench.outcomes(f"job{n}") == [("23 13:00", "succeeded", 1)] for n in range(12))


class Unconfirmed:
    """A ledger whose answer to a start is lost on its way."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def start(self, *arguments: Any) -> None:
        self._ledger.start(*arguments)
        raise StoreUnavailable("cut off")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)


def test_a_run_whose_start_was_carried_out_and_never_confirmed_is_lost(bench: Workbench) -> None:
    bench.commit(at_hour(hour=13))
    stores = replace(bench.stores, ledger=Unconfirmed(bench.stores.ledger))  # type: ignore[arg-type]
    runner = Runner(
        clock=bench.clock,
        executor=bench.executor,
        requests=RequestWriter(types={}, secrets=NoSecrets(), settings={}, bot_api=BotApi()),
        stores=stores,
        spool=bench.spool,
        identity=Identity(owner="first", node="bench"),
        random=Random(1),
    )
    bench.clock.set(at("2026-11-23 13:00"))
    [run] = bench.dispatcher.settle([bench.job().job_uid])

    with pytest.raises(StoreUnavailable):
        runner.begin(run.run_id)
    assert [r.state for r in bench.all_runs()] == [RunState.RUNNING]
    runner.step()
    runner.step()

    assert bench.outcomes() == [("23 13:00", "lost", 1)]
    assert bench.executor.submitted == []


def test_a_run_is_told_of_the_success_before_it_and_a_failure_between_does_not_count(bench: Workbench) -> None:
    bench.commit(hourly())
    told = []
    for hour, state in ((13, RunState.SUCCEEDED), (14, RunState.FAILED), (15, RunState.SUCCEEDED)):
        bench.pass_time(f"2026-11-23 {hour}:00")
        bench.dispatcher.due(bench.job().job_uid)
        bench.step()
        request = bench.executor.submitted[-1]
        told.append(request.previous_success)
        bench.executor.end(request.run_id, state, result={"hour": hour})
        bench.step()

    assert told[0] is None
    assert told[1] == told[2]
    assert told[2] is not None
    assert (told[2].due_at, told[2].result) == (at("2026-11-23 13:00"), {"hour": 13})


def test_a_run_whose_success_before_cannot_be_read_is_given_up_and_does_not_hang(bench: Workbench) -> None:
    bench.commit(at_hour(hour=13))
    runner = Runner(
        clock=bench.clock,
        executor=bench.executor,
        requests=RequestWriter(types=load_job_types(), secrets=NoSecrets(), settings={}, bot_api=BotApi()),
        stores=replace(bench.stores, ledger=_Forgetful(bench.stores.ledger)),
        spool=bench.spool,
        identity=Identity(owner="first", node="bench"),
        random=Random(1),
    )
    bench.clock.set(at("2026-11-23 13:00"))
    [run] = bench.dispatcher.settle([bench.job().job_uid])

    with pytest.raises(StoreUnavailable):
        runner.begin(run.run_id)
    runner.step()
    runner.step()

    [kept] = bench.all_runs()
    assert kept.state is RunState.LOST
    assert bench.executor.submitted == []


class _Forgetful:
    """A ledger that cannot say what was before."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def __getattr__(self, name: str) -> Any:
        if name == "previous_success":
            raise StoreUnavailable("away")
        return getattr(self._ledger, name)
