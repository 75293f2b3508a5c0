"""Statistics: rates from counts, percentiles from a sample, both by job type."""

from datetime import timedelta
from typing import Any

import pytest
from builders import NOW

from tasks_service.control.statistics import Spread, by_type, performance
from tasks_service.core.percentile import percentile
from tasks_service.core.run import RunState, Trigger
from tasks_service.core.stores import OutcomeCount
from tasks_service.core.tally import Ending


def count(runs: int, state: RunState, job_type: str = "command") -> OutcomeCount:
    return OutcomeCount(job_uid="u", job_id="j", job_type=job_type, state=state, runs=runs, seconds=0.0)


def ending(seconds: float = 1, late: float = 0, **fields: Any) -> Ending:
    started = NOW + timedelta(seconds=late)
    given: dict[str, Any] = {
        "job_type": "command",
        "state": RunState.SUCCEEDED,
        "trigger": Trigger.SCHEDULE,
        "attempt": 1,
        "due_at": NOW,
        "started_at": started,
        "finished_at": started + timedelta(seconds=seconds),
        "cpu_seconds": None,
        "peak_memory_bytes": None,
    }
    return Ending(**(given | fields))


def test_a_rate_is_that_of_runs_that_were_judged() -> None:
    counts = [count(6, RunState.SUCCEEDED), count(1, RunState.FAILED), count(1, RunState.LOST)]
    found = performance([*counts, count(9, RunState.CANCELLED)], [])

    assert (found.success_rate_24h, found.failure_rate_24h) == (0.75, 0.25)
    assert found.runs_24h == {"succeeded": 6, "failed": 1, "timed_out": 0, "cancelled": 9, "lost": 1}


def test_without_runs_nothing_is_claimed() -> None:
    found = performance([], [])

    assert (found.success_rate_24h, found.failure_rate_24h) == (None, None)
    assert found.duration_seconds_24h == Spread(p50=None, p95=None)


def test_lateness_is_that_of_first_attempts_that_the_schedule_asked_for() -> None:
    sample = [
        ending(late=2),
        ending(late=4),
        ending(late=3600, trigger=Trigger.CATCH_UP),
        ending(late=3600, trigger=Trigger.MANUAL),
        ending(late=3600, attempt=2),
        ending(started_at=None),
    ]

    assert performance([], sample).lateness_seconds_24h == Spread(p50=3.0, p95=3.9)


def test_a_clock_that_was_set_back_takes_nothing_away() -> None:
    back = ending(seconds=-5, late=-5)

    assert (back.duration_seconds, back.lateness_seconds) == (0.0, 0.0)


def test_types_with_jobs_or_runs_are_listed_by_name() -> None:
    counts = [count(2, RunState.SUCCEEDED), count(1, RunState.FAILED, "http_request")]

    found = by_type(["metrics_collection", "command", "command"], counts, [ending(seconds=3)])

    assert [(one.job_type, one.jobs, one.performance.success_rate_24h) for one in found] == [
        ("command", 2, 1.0),
        ("http_request", 0, 0.0),
        ("metrics_collection", 1, None),
    ]
    assert found[0].performance.duration_seconds_24h == Spread(p50=3.0, p95=3.0)


@pytest.mark.parametrize(
    ("values", "share", "wanted"),
    [([], 0.5, None), ([7], 0.95, 7), ([1, 2], 0.5, 1.5), ([1, 2, 3], 0.5, 2), ([0, 10], 0.95, 9.5), ([1, 2], 1, 2)],
)
def test_a_percentile_lies_between_its_neighbours(values: list[float], share: float, wanted: float | None) -> None:
    assert percentile(values, share) == wanted
