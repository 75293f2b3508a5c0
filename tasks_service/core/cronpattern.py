"""What a cron schedule matches on the clock on the wall, whatever notation it was written in."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

DAY = 86400
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_CALENDAR_CYCLE = 400
"""Years after which the Gregorian calendar repeats itself, weekdays included."""
YEARS = range(1970, 9999)
"""The years in which schedules can fire; zones reach a day beyond without leaving what a datetime can hold."""


class UnreadableCron(ValueError):
    """A cron schedule that cannot be read. ``key`` is the key of the schedule that is at fault."""

    def __init__(self, key: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.key = key
        self.hint = hint


def seconds_of_day(hours: Iterable[int], minutes: Iterable[int], seconds: Iterable[int]) -> "array[int]":
    """All times of day that combine these, ascending."""
    times = product(sorted(hours), sorted(minutes), sorted(seconds))
    return array("l", (hour * 3600 + minute * 60 + second for hour, minute, second in times))


@dataclass(frozen=True, slots=True, kw_only=True)
class CronPattern:
    """The days and the times of day that match. Days count from 1970-01-01, wall time in seconds from its midnight."""

    years: Sequence[int]
    months: Sequence[int]
    matches_date: Callable[[date], bool]
    """Day of month, weekday and week; year and month are compared before."""
    times: "array[int]"
    """Seconds since midnight, ascending."""
    fixed: bool
    """Stands for definite times and not for a pace: neither hour, minute nor second begins with a star."""

    def next_day(self, day: int) -> int | None:
        """The first matching day from ``day`` on; None where the whole calendar holds none."""
        if day + _EPOCH_ORDINAL > date.max.toordinal():
            return None
        start = date.fromordinal(max(day, 0) + _EPOCH_ORDINAL)
        first = bisect_left(self.years, start.year)
        for year in self.years[first : first + _CALENDAR_CYCLE + 1]:
            for month in self.months:
                if (year, month) >= (start.year, start.month):
                    found = self._first_in(year, month, start)
                    if found:
                        return found.toordinal() - _EPOCH_ORDINAL
        return None

    def _first_in(self, year: int, month: int, start: date) -> date | None:
        ordinal = max(date(year, month, 1), start).toordinal()
        while (day := date.fromordinal(ordinal)).month == month:
            if self.matches_date(day):
                return day
            ordinal += 1
        return None

    def _matches(self, day: int) -> bool:
        when = date.fromordinal(day + _EPOCH_ORDINAL)
        year = bisect_left(self.years, when.year)
        in_year = year < len(self.years) and self.years[year] == when.year
        return in_year and when.month in self.months and self.matches_date(when)

    def count(self, begin: int, end: int) -> int:
        """How many wall times from ``begin`` up to but without ``end`` match."""
        return sum(stop - start for _, start, stop in self._slices(begin, end))

    def within(self, begin: int, end: int, *, backwards: bool = False) -> Iterator[int]:
        """The wall times from ``begin`` up to but without ``end`` that match."""
        for day, start, stop in self._slices(begin, end, backwards=backwards):
            positions = range(start, stop)
            for position in reversed(positions) if backwards else positions:
                yield day * DAY + self.times[position]

    def _slices(self, begin: int, end: int, *, backwards: bool = False) -> Iterator[tuple[int, int, int]]:
        """Each matching day, with the part of ``times`` that lies in the piece."""
        days = range(begin // DAY, (end - 1) // DAY + 1)
        for day in reversed(days) if backwards else days:
            if self._matches(day):
                midnight = day * DAY
                yield day, bisect_left(self.times, begin - midnight), bisect_left(self.times, end - midnight)
