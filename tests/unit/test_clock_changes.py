"""What the changes of the clocks do to a schedule, beside the fires themselves."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from builders import at, make_schedule

from tasks_service.core.clock_changes import ClockChange, Effect, clock_changes
from tasks_service.core.firing import tally

YEAR = (datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
SPRING, AUTUMN = at("2027-03-28 01:00"), at("2027-10-31 01:00")
BERLIN = "Europe/Berlin"


def changes(expression: str, zone: str = BERLIN, **keys: object) -> list[tuple[datetime, str, int]]:
    found = clock_changes(make_schedule(expression=expression, timezone=zone, **keys), *YEAR)
    return [(change.at, change.effect.value, change.times) for change in found]


def test_a_fixed_time_is_moved_in_spring_and_runs_once_in_autumn() -> None:
    assert changes("30 2 * * *") == [(SPRING, "moved", 1), (AUTUMN, "once", 1)]
    assert changes("30 2 * * *", dst={"gap": "skip", "fold": "both"}) == [
        (SPRING, "left_out", 1),
        (AUTUMN, "twice", 1),
    ]


def test_a_pace_leaves_out_what_the_clock_leaves_out_and_runs_twice_what_it_shows_twice() -> None:
    assert changes("*/15 * * * *") == [(SPRING, "left_out", 4), (AUTUMN, "twice", 4)]


@pytest.mark.parametrize("expression", ["30 4 * * *", "30 2 * * 1", "30 2 1 * *"])
def test_other_times_are_not_concerned(expression: str) -> None:
    assert changes(expression) == []


def test_intervals_and_dates_and_zones_without_changes_are_never_concerned() -> None:
    assert list(clock_changes(make_schedule(minutes=5), *YEAR)) == []
    assert list(clock_changes(make_schedule(run_date="2027-03-28T02:30:00", timezone=BERLIN), *YEAR)) == []
    assert changes("30 2 * * *", "UTC") == changes("30 2 * * *", "Asia/Tokyo") == []


def test_only_changes_within_the_life_of_the_schedule_are_told() -> None:
    assert changes("30 2 * * *", start_date="2027-06-01") == [(AUTUMN, "once", 1)]
    assert changes("30 2 * * *", end_date="2027-06-01") == [(SPRING, "moved", 1)]


@pytest.mark.parametrize("cut", [timedelta(minutes=n) for n in (0, 30, 60)])
def test_a_window_that_ends_in_the_repeated_hour_tells_it_once(cut: timedelta) -> None:
    schedule = make_schedule(expression="*/15 * * * *", timezone=BERLIN)

    found = list(clock_changes(schedule, AUTUMN - timedelta(days=2), AUTUMN + cut))

    assert found == [ClockChange(at=AUTUMN, effect=Effect.TWICE, times=4)]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Atlantic/Azores"])
@pytest.mark.parametrize("expression", ["45 1 * * *", "0 0,1,2 * * *", "15 0 * * *"])
def test_as_many_times_are_left_to_one_as_would_fire_twice(zone: str, expression: str) -> None:
    def fires(fold: str, begin: datetime, end: datetime) -> int:
        schedule = make_schedule(expression=expression, timezone=zone, dst={"fold": fold})
        return tally(schedule, begin, end, keep=1).count

    days = [YEAR[0] + timedelta(days=n) for n in range(366)]
    more = sum(fires("both", a, b) - fires("first", a, b) for a, b in pairwise(days))
    assert sum(times for _, effect, times in changes(expression, zone) if effect == "once") == more
