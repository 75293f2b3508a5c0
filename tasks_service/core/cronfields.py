"""Cron schedules in APScheduler's fields: year, month, day, week, day_of_week, hour, minute and second.

All given fields must match. An omitted field means every value above the least significant given one, and the lowest
value below it. Weekdays count from Monday, weeks are ISO weeks.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from typing import Literal

from tasks_service.core.cronpattern import YEARS, CronPattern, UnreadableCron, seconds_of_day

_BOUNDS = {
    "year": (YEARS[0], YEARS[-1]),
    "month": (1, 12),
    "day": (1, 31),
    "week": (1, 53),
    "day_of_week": (0, 6),
    "hour": (0, 23),
    "minute": (0, 59),
    "second": (0, 59),
}
_LOWEST = {"month": "1", "day": "1", "hour": "0", "minute": "0", "second": "0"}
"""What an omitted field means below the least significant given one; all others mean every value."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES: dict[str, tuple[str, ...]] = {
    "month": ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    "day_of_week": WEEKDAYS,
}
_PLACES = ("1st", "2nd", "3rd", "4th", "5th")
_TERM = re.compile(
    r"(?:\*|(?P<first>\d{1,4}|[a-z]{3})(?:-(?P<last>\d{1,4}|[a-z]{3}))?)(?:/(?P<step>\d{1,4}))?", re.ASCII
)
_PLACED = re.compile(r"(?P<place>1st|2nd|3rd|4th|5th|last) +(?P<weekday>[a-z]{3})")

DayTest = Callable[[date], bool]


def completed(fields: dict[str, str]) -> dict[str, str]:
    """All fields, the omitted ones filled in as APScheduler does."""
    names = list(_BOUNDS)
    last = max(names.index(name) for name in fields)
    return {
        name: fields.get(name, "*" if position < last else _LOWEST.get(name, "*"))
        for position, name in enumerate(names)
    }


def counts_weekdays(fields: dict[str, str]) -> bool:
    """Whether a weekday is given as a number."""
    return any(term.strip()[:1].isdigit() for term in fields.get("day_of_week", "").split(","))


def means_every_weekday(field: str) -> bool:
    """Whether a readable ``day_of_week`` holds all seven days: then it does not matter from which one is counted."""
    return len(_values("day_of_week", field)) == len(WEEKDAYS)


def weekday_names(field: str) -> str:
    """A ``day_of_week`` with names instead of numbers; steps stay as they are."""
    named = re.sub(r"(?<![/\d])[0-6](?!\d)", lambda match: WEEKDAYS[int(match[0])], field.lower())
    return named.replace("*/", "mon-sun/")


@lru_cache(maxsize=512)
def fields_pattern(given: tuple[tuple[str, str], ...], day_match: Literal["or", "and"] | None) -> CronPattern:
    """The pattern of the given fields; raises ``UnreadableCron`` with the key that is at fault."""
    fields = completed(dict(given))
    values = {name: _values(name, text) for name, text in fields.items() if name != "day"}
    clock = {name: values[name] for name in ("hour", "minute", "second")}
    return CronPattern(
        years=values["year"],
        months=values["month"],
        matches_date=_date_test(fields, values, day_match),
        times=seconds_of_day(*clock.values()),
        fixed=not any(fields[name].startswith("*") for name in clock),
    )


def _date_test(
    fields: dict[str, str], values: dict[str, Sequence[int]], day_match: Literal["or", "and"] | None
) -> DayTest:
    day_tests = [_day_test(term) for term in _terms(fields["day"])]
    weekdays, weeks = frozenset(values["day_of_week"]), frozenset(values["week"])
    either = day_match == "or" and "*" not in (fields["day"], fields["day_of_week"])

    def matches_date(when: date) -> bool:
        in_month = any(test(when) for test in day_tests)
        in_week = when.weekday() in weekdays
        days = in_month or in_week if either else in_month and in_week
        return days and when.isocalendar().week in weeks

    return matches_date


def _terms(text: str) -> list[str]:
    return [term.strip() for term in text.lower().split(",")]


def _values(name: str, text: str) -> Sequence[int]:
    if text == "*":
        lowest, highest = _BOUNDS[name]
        return range(lowest, highest + 1)
    return sorted({value for term in _terms(text) for value in _range(name, term)})


def _range(name: str, term: str) -> range:
    """The values of one term: a star, a number, a name or a range, with or without a step."""
    lowest, highest = _BOUNDS[name]
    match = _TERM.fullmatch(term)
    if not match:
        raise _unreadable(name, term, "it is neither a number, a name, a range, a step nor a star")
    step = match["step"]
    first, last = lowest, highest
    if match["first"]:
        first = _number(name, term, match["first"])
        alone = match["last"] is None and step is None
        last = first if alone else _number(name, term, match["last"]) if match["last"] else highest
    if first > last:
        raise _unreadable(name, term, "the range runs backwards; split it in two, joined by a comma")
    if step is not None and not 1 <= int(step) <= last - first:
        raise _unreadable(name, term, f"the step does not fit between {first} and {last}")
    return range(first, last + 1, int(step or 1))


def _number(name: str, term: str, text: str) -> int:
    lowest, highest = _BOUNDS[name]
    if text.isdigit():
        if lowest <= int(text) <= highest:
            return int(text)
        raise _unreadable(name, term, f"{int(text)} lies outside {lowest} to {highest}")
    names = _NAMES.get(name, ())
    if text in names:
        return names.index(text) + lowest
    raise _unreadable(name, term, f"{text!r} is no name it knows")


def _day_test(term: str) -> DayTest:
    """The day of the month: a number, ``last``, or a weekday by its place, such as ``2nd fri``."""
    placed = _PLACED.fullmatch(term)
    if term == "last":
        return _is_last_of_month
    if placed:
        return _placed_weekday(term, placed["place"], placed["weekday"])
    days = frozenset(_range("day", term))
    return lambda when: when.day in days


def _is_last_of_month(when: date) -> bool:
    return when.day == monthrange(when.year, when.month)[1]


def _placed_weekday(term: str, place: str, name: str) -> DayTest:
    if name not in WEEKDAYS:
        raise _unreadable("day", term, f"{name!r} is no weekday")
    weekday = WEEKDAYS.index(name)
    if place == "last":
        return lambda when: when.weekday() == weekday and when.day + 7 > monthrange(when.year, when.month)[1]
    week = _PLACES.index(place)
    return lambda when: when.weekday() == weekday and (when.day - 1) // 7 == week


def _unreadable(name: str, term: str, reason: str) -> UnreadableCron:
    lowest, highest = _BOUNDS[name]
    allowed: Iterable[str] = [f"{lowest} to {highest}"]
    if name in _NAMES:
        allowed = [f"{_NAMES[name][0]} to {_NAMES[name][-1]}", *allowed]
    if name == "day":
        allowed = [*allowed, "last", "2nd fri", "last fri"]
    return UnreadableCron(
        name,
        f"{name} {term!r} cannot be read: {reason}",
        f"it takes {', '.join(allowed)}; also lists (1,2), ranges and steps (*/5)",
    )
