"""The moment that is asked for, on clocks that leave times out or show them twice."""

from zoneinfo import ZoneInfo

import pytest
from builders import NOW, at

from tasks_service.core.errors import InvalidInput
from tasks_service.core.explain import read_asked

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("", "2026-11-23 12:00"),
        ("now", "2026-11-23 12:00"),
        ("2026-07-01", "2026-07-01 04:00"),
        ("2026-07-01T02:30", "2026-07-01 06:30"),
        ("2026-07-01T02:30Z", "2026-07-01 02:30"),
        ("2026-07-01T02:30 02:00", "2026-07-01 00:30"),
        ("2026-07-01T02:30-05:00", "2026-07-01 07:30"),
        ("2026-07-01T02:30[Europe/Berlin]", "2026-07-01 00:30"),
        ("2026-07-01 02:30:15.5", "2026-07-01 06:30:15.5"),
    ],
)
def test_a_moment_is_on_the_jobs_clock_unless_it_says_otherwise(text: str, moment: str) -> None:
    asked = read_asked(text, NEW_YORK, NOW)
    assert (asked.moment, asked.change) == (at(moment), None)


@pytest.mark.parametrize("text", ["2026-03-08T02:00", "2026-03-08T02:30", "2026-03-08T02:59:59"])
def test_a_time_that_the_clock_leaves_out_is_the_end_of_the_gap(text: str) -> None:
    asked = read_asked(text, NEW_YORK, NOW)
    assert asked.change is not None
    assert asked.moment == at("2026-03-08 07:00")
    assert (asked.change.kind, asked.change.clock) == (
        "gap",
        text[11:].removesuffix(":00") if len(text) > 16 else text[11:],
    )
    assert (asked.change.leaves, asked.change.resumes) == ("02:00", "03:00")


def test_the_moment_right_after_the_jump_knows_of_it() -> None:
    asked, later = (read_asked(text, NEW_YORK, NOW) for text in ("2026-03-08T03:00", "2026-03-08T03:01"))
    assert asked.change is not None
    assert (asked.change.kind, asked.change.clock, later.change) == ("gap", "03:00", None)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-01T01:30", "2026-11-01 05:30"),
        ("2026-11-01T01:30-05:00", "2026-11-01 06:30"),
        ("2026-11-01T05:30Z", "2026-11-01 05:30"),
    ],
)
def test_a_time_that_the_clock_shows_twice_is_the_first_unless_an_offset_says_which(text: str, moment: str) -> None:
    asked = read_asked(text, NEW_YORK, NOW)
    assert asked.change is not None
    assert (asked.moment, asked.change.kind, asked.change.clock) == (at(moment), "fold", "01:30")
    assert (asked.change.first, asked.change.second) == (at("2026-11-01 05:30"), at("2026-11-01 06:30"))


@pytest.mark.parametrize(
    "text",
    ["soon", "2026", "2026-02-30", "1969-12-31", "2026-07-01T02:30[]", "[UTC]", "2026-07-01T02:30[UTC]x", "x" * 500],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_asked(text, NEW_YORK, NOW)
    assert len(refused.value.message) < 120
