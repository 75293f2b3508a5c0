"""Whether and when a run is tried again, by example."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from builders import NOW, at, make_manifest, make_run, make_schedule

from tasks_service.core.retry import Retrial, next_attempt
from tasks_service.core.run import RunState, Trigger

HOURLY = make_schedule(expression="0 * * * *")
DUE = at("2026-11-23 12:00")


def decide(
    ended: datetime = DUE,
    state: RunState = RunState.FAILED,
    *,
    draw: float = 0.0,
    run: dict[str, Any] | None = None,
    overlap: str = "skip",
    **retry: Any,
) -> Retrial:
    policy = {"retry": {"attempts": 3, "delay": "1m", "max_delay": "10m"} | retry, "overlap": overlap}
    manifest = make_manifest(schedule=HOURLY, policy=policy)
    return next_attempt(manifest, make_run(due_at=DUE, **(run or {})), state, ended, draw)


@pytest.mark.parametrize(
    ("attempt", "draw", "jitter", "seconds"),
    [(1, 0.0, 0.5, 60), (1, 0.9, 0, 60), (2, 0.5, 0.5, 90), (3, 0.5, 1, 120), (3, 0.0, 1, 240)],
)
def test_the_wait_doubles_and_chance_takes_off_a_part_of_its_share(
    attempt: int, draw: float, jitter: float, seconds: float
) -> None:
    again = decide(run={"attempt": attempt}, draw=draw, jitter=jitter)
    assert again.at == DUE + timedelta(seconds=seconds)


def test_chance_takes_off_a_tenth_at_most_unless_the_manifest_says_otherwise() -> None:
    assert decide(draw=1.0).at == DUE + timedelta(seconds=54)


def test_the_wait_is_never_longer_than_max_delay() -> None:
    assert decide(run={"attempt": 3}, max_delay="2m").at == DUE + timedelta(minutes=2)


@pytest.mark.parametrize(
    ("state", "on_lost", "tried"),
    [
        (RunState.FAILED, False, True),
        (RunState.TIMED_OUT, False, True),
        (RunState.LOST, False, False),
        (RunState.LOST, True, True),
        (RunState.SUCCEEDED, True, False),
        (RunState.CANCELLED, True, False),
    ],
)
def test_only_what_failed_is_tried_again_and_what_is_lost_on_request(
    state: RunState, on_lost: bool, tried: bool
) -> None:
    assert (decide(state=state, on_lost=on_lost).at is not None) == tried


def test_no_more_attempts_are_made_than_allowed() -> None:
    assert decide(run={"attempt": 4}) == Retrial()


@pytest.mark.parametrize(
    ("ended", "given_up"), [("12:58:59", False), ("12:59:00", True), ("12:59:30", True), ("13:01", False)]
)
def test_an_attempt_that_would_not_start_before_the_next_fire_is_given_up(ended: str, given_up: bool) -> None:
    again = decide(at(f"2026-11-23 {ended}"))
    assert (again.at is None) == bool(again.given_up) == given_up
    if given_up:
        assert "not before the next fire at 2026-11-23 13:00:00 UTC" in again.given_up
        assert "policy.retry.past_next_fire" in again.given_up


def test_a_fire_that_waits_for_the_run_is_its_next_fire() -> None:
    assert decide(at("2026-11-23 13:01"), overlap="queue").given_up
    assert decide(at("2026-11-23 13:01"), overlap="queue", run={"trigger": Trigger.CATCH_UP}).at


def test_an_attempt_past_the_next_fire_may_be_allowed() -> None:
    assert decide(at("2026-11-23 12:59:30"), past_next_fire=True).at == at("2026-11-23 13:00:30")


def test_a_backfill_is_tried_again_whatever_fires() -> None:
    assert decide(at("2026-11-23 12:59:30"), run={"trigger": Trigger.BACKFILL}).at == at("2026-11-23 13:00:30")


def test_a_suspended_job_has_no_fire_to_wait_for() -> None:
    policy = {"retry": {"attempts": 1, "delay": "1h", "max_delay": "1h"}}
    manifest = make_manifest(schedule=HOURLY, policy=policy, suspend=True, suspend_reason="not yet")
    assert next_attempt(manifest, make_run(due_at=NOW), RunState.FAILED, NOW, 0.0).at == NOW + timedelta(hours=1)
