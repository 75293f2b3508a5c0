"""What is expected of a job whose manifest does not say."""

from datetime import timedelta
from typing import Any

import pytest
from builders import NOW, make_manifest, make_run, make_schedule

from tasks_service.core.expectation import expectation, pace, takes_longer, usual_seconds
from tasks_service.core.run import Run, RunState
from tasks_service.core.run_durations import Durations

MINUTE = timedelta(minutes=1)


def usual(p95: float, count: int = 10) -> Durations:
    return Durations(count=count, p50=p95 / 2, p95=p95)


def delayed(*seconds: float) -> list[Run]:
    return [make_run(f"r{n}", started_at=NOW + timedelta(seconds=s)) for n, s in enumerate(seconds)]


@pytest.mark.parametrize(
    ("schedule", "between"),
    [
        ({"minutes": 15}, 15 * MINUTE),
        ({"expression": "*/10 * * * *"}, 10 * MINUTE),
        ({"expression": "0 2 * * *"}, timedelta(days=1)),
        ({"expression": "0 9,17 * * mon-fri"}, timedelta(hours=8)),
        ({"run_date": "2027-01-01"}, None),
        ({"expression": "0 2 * * *", "end_date": "2026-01-06T12:00:00"}, timedelta(days=1)),
        ({"expression": "0 2 * * *", "end_date": "2026-01-05T12:00:00"}, None),
    ],
)
def test_the_pace_is_the_shortest_time_between_two_fires(schedule: dict[str, Any], between: timedelta | None) -> None:
    assert pace(make_schedule(**schedule)) == between


@pytest.mark.parametrize(
    ("schedule", "grace", "basis"),
    [
        ({"seconds": 5}, MINUTE, "least"),
        ({"minutes": 15}, MINUTE, "least"),
        ({"hours": 1}, timedelta(seconds=72), "pace"),
        ({"expression": "0 2 * * *"}, 15 * MINUTE, "pace"),
        ({"run_date": "2027-01-01"}, MINUTE, "least"),
    ],
)
def test_the_grace_follows_the_pace_and_is_a_minute_at_least(
    schedule: dict[str, Any], grace: timedelta, basis: str
) -> None:
    expected = expectation(make_manifest(schedule=make_schedule(**schedule)), [], None)

    assert (expected.grace, expected.grace_from) == (grace, basis)


@pytest.mark.parametrize(
    ("delays", "grace", "basis"),
    [
        ([100.0] * 5, timedelta(seconds=200), "history"),
        ([100.0] * 4, timedelta(seconds=72), "pace"),
        ([10.0] * 20, timedelta(seconds=72), "pace"),
        ([50_000.0] * 5, timedelta(hours=1), "history"),
    ],
)
def test_the_grace_allows_twice_the_recorded_delay(delays: list[float], grace: timedelta, basis: str) -> None:
    expected = expectation(make_manifest(schedule=make_schedule(hours=1)), delayed(*delays), None)

    assert (expected.grace, expected.grace_from) == (grace, basis)


@pytest.mark.parametrize(
    ("known", "longest", "basis"),
    [
        (None, 10 * MINUTE, "timeout"),
        (usual(100.0, count=9), 10 * MINUTE, "timeout"),
        (usual(100.0), 5 * MINUTE, "history"),
        (usual(2.0), timedelta(seconds=62), "history"),
        (usual(300.0), 10 * MINUTE, "timeout"),
    ],
)
def test_a_run_may_last_thrice_as_long_as_usual_within_its_timeout(
    known: Durations | None, longest: timedelta, basis: str
) -> None:
    expected = expectation(make_manifest(), [], known)

    assert (expected.max_runtime, expected.max_runtime_from) == (longest, basis)


def test_what_the_manifest_says_holds() -> None:
    manifest = make_manifest(expect={"grace": "2s", "max_runtime": "3h"})

    expected = expectation(manifest, delayed(*[100.0] * 9), usual(1.0))

    assert (expected.grace, expected.max_runtime) == (timedelta(seconds=2), timedelta(hours=3))
    assert (expected.grace_from, expected.max_runtime_from) == ("manifest", "manifest")


@pytest.mark.parametrize(
    ("elapsed", "known", "longer"),
    [
        (35.1, usual(30.0, count=5), True),
        (35.0, usual(30.0, count=5), False),
        (99.0, usual(30.0, count=4), False),
        (99.0, None, False),
    ],
)
def test_a_run_takes_longer_than_usual_noticeably_beyond_95_of_100(
    elapsed: float, known: Durations | None, longer: bool
) -> None:
    run = make_run(state=RunState.RUNNING, started_at=NOW)
    now = NOW + timedelta(seconds=elapsed)

    assert takes_longer(run, known, now) is longer
    assert not takes_longer(make_run(), known, now)
    assert usual_seconds(known) == (15.0 if known and known.count == 5 else None)
