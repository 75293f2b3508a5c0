"""What a change of the clocks does to a fire, in words."""

from typing import Any

import pytest
from builders import at, make_schedule

from tasks_service.core.clocknotes import clock_note
from tasks_service.core.job_calendars import ALWAYS_OPEN
from tasks_service.core.preview import preview

BERLIN = {"timezone": "Europe/Berlin"}
GAP, FOLD = "2027-03-28", "2027-10-31"


def notes(day: str, count: int = 4, **schedule: Any) -> list[str]:
    """The local time and the note of the first fires of a day in Berlin."""
    found = preview(make_schedule(**{**BERLIN, **schedule}), ALWAYS_OPEN, at(f"{day} 00:00+01:00"), count)
    return [f"{fire.local:%H:%M} {fire.note}".strip() for fire in found.fires]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("30 2 * * *", "03:00 02:30 does not exist that day: runs at 03:00"),
        ("0,30 2 * * *", "03:00 02:00 and 02:30 do not exist that day: runs at 03:00"),
        ("*/10 2 * * *", "02:00"),
        ("1-59 2 * * *", "03:00 02:01, 02:02, 02:03 and later ones do not exist that day: runs at 03:00"),
        ("30 2,3 * * *", "03:00 02:30 does not exist that day: runs at 03:00"),
        ("0 3 * * *", "03:00"),
    ],
)
def test_a_time_that_the_jump_leaves_out_is_named(expression: str, expected: str) -> None:
    assert notes(GAP, 1, expression=expression) == [expected]


def test_a_time_that_is_shown_twice_says_which_of_the_two_it_is() -> None:
    once = notes(FOLD, 2, expression="30 2 * * *")
    both = notes(FOLD, 2, expression="30 2 * * *", dst={"fold": "both"})
    pace = notes(FOLD, 4, expression="*/30 2 * * *")

    assert once == ["02:30 first of two 02:30s: runs once", "02:30"]
    assert both == ["02:30 first of two 02:30s", "02:30 second of two 02:30s"]
    assert pace == [
        "02:00 first of two 02:00s",
        "02:30 first of two 02:30s",
        "02:00 second of two 02:00s",
        "02:30 second of two 02:30s",
    ]


def test_a_skipped_gap_an_interval_and_utc_have_nothing_to_say() -> None:
    assert notes(GAP, 1, expression="30 2 * * *", dst={"gap": "skip"}) == ["02:30"]
    assert notes(FOLD, 3, minutes=30, timezone="UTC") == ["23:30", "00:00", "00:30"]
    assert notes(GAP, 1, expression="30 2 * * *", timezone="UTC") == ["02:30"]


@pytest.mark.parametrize(
    ("run_date", "expected"),
    [
        ("2027-03-28T02:30:00", "02:30 does not exist that day: runs at 03:00"),
        ("2027-10-31T02:30:00", "first of two 02:30s"),
        ("2027-10-31T02:30:00+01:00", ""),
        ("2027-06-01T02:30:00", ""),
    ],
)
def test_a_date_at_a_change_of_the_clocks_says_so(run_date: str, expected: str) -> None:
    schedule = make_schedule(run_date=run_date, **BERLIN)
    [fire] = preview(schedule, ALWAYS_OPEN, at("2027-01-01"), 5).fires

    assert clock_note(schedule, fire.at) == expected
