"""The entries of a calendar as times: which one a moment lies in, and those that touch a stretch. Pure arithmetic."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from heapq import merge
from itertools import accumulate, takewhile
from zoneinfo import ZoneInfo

from tasks_service.core.calendar import Calendar, CalendarEvent, CalendarManifest
from tasks_service.core.firing import fires, next_fire
from tasks_service.core.offsets import local_to_utc
from tasks_service.core.schedule import Cron

_INSTANT = timedelta(microseconds=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class CalendarEntry:
    """A time of a calendar: from ``begin`` up to but without ``end``, in UTC."""

    begin: datetime
    end: datetime
    label: str = ""
    whole_days: bool = False

    def told(self, zone: ZoneInfo) -> str:
        """Label and time, as a reason names them: ``Christmas Day, 2026-12-25``."""
        begin, end = self.begin.astimezone(zone), self.end.astimezone(zone)
        if self.whole_days:
            last = (self.end - _INSTANT).astimezone(zone)
            until = f" to {last:%Y-%m-%d}" if last.date() != begin.date() else ""
            return f"{self.label}, {begin:%Y-%m-%d}{until}"
        until = f"{end:%H:%M}" if end.date() == begin.date() else f"{end:%Y-%m-%d %H:%M}"
        return f"{self.label}, {begin:%Y-%m-%d %H:%M} to {until} ({zone.key})"


class CalendarEntries:
    """The entries of one calendar, found by time."""

    def __init__(self, calendar: Calendar) -> None:
        manifest = calendar.manifest
        self.calendar_id = manifest.calendar_id
        self.zone = manifest.zone
        self._windows = [(w.schedule(self.zone.key), w.duration, w.label) for w in manifest.windows]
        self._fixed = sorted({*_days(manifest), *_ranges(manifest), *map(_of_event, calendar.events)})
        self._begins = [entry.begin for entry in self._fixed]
        self._latest_ends = list(accumulate((entry.end for entry in self._fixed), max))

    def at(self, moment: datetime) -> CalendarEntry | None:
        """The entry a moment lies in; of several the one that began first."""
        fixed = self._fixed_within(moment, moment + _INSTANT)
        windows = (_window_at(window, moment) for window in self._windows)
        return min([*fixed, *(entry for entry in windows if entry)], default=None)

    def within(self, begin: datetime, end: datetime) -> list[CalendarEntry]:
        """All entries that touch the time from ``begin`` up to ``end``, by their beginning."""
        return list(self.entries(begin, end))

    def entries(self, begin: datetime, end: datetime) -> Iterator[CalendarEntry]:
        """All entries that touch the time from ``begin`` up to ``end``, by their beginning; made one by one."""
        windows = (_windows_within(window, begin, end) for window in self._windows)
        return merge(sorted(self._fixed_within(begin, end)), *windows)

    def next_begin(self, moment: datetime) -> datetime | None:
        """When the next entry after ``moment`` begins; None where there is none."""
        position = bisect_right(self._begins, moment)
        fixed = self._begins[position : position + 1]
        return min([*fixed, *(b for s, _, _ in self._windows if (b := next_fire(s, moment)))], default=None)

    def _fixed_within(self, begin: datetime, end: datetime) -> list[CalendarEntry]:
        """Backwards from the last that begins early enough, as long as any of those before may reach so far."""
        last = bisect_left(self._begins, end)
        reaching = takewhile(lambda i: self._latest_ends[i] > begin, range(last - 1, -1, -1))
        return [self._fixed[i] for i in reaching if self._fixed[i].end > begin]


@lru_cache(maxsize=256)
def entries_of(calendar: Calendar) -> CalendarEntries:
    """The entries of a calendar; made once."""
    return CalendarEntries(calendar)


_Window = tuple[Cron, timedelta, str]


def _window_at(window: _Window, moment: datetime) -> CalendarEntry | None:
    schedule, duration, label = window
    begin = next(fires(schedule, moment - duration, moment), None)
    return CalendarEntry(begin, begin + duration, label) if begin else None


def _windows_within(window: _Window, begin: datetime, end: datetime) -> Iterator[CalendarEntry]:
    schedule, duration, label = window
    for fire in fires(schedule, begin - duration, end - _INSTANT):
        yield CalendarEntry(fire, fire + duration, label)


def _days(manifest: CalendarManifest) -> Iterator[CalendarEntry]:
    for item in manifest.dates:
        yield CalendarEntry(
            _midnight(item.date, manifest.zone), _midnight(item.date + _DAY, manifest.zone), item.label, True
        )


def _ranges(manifest: CalendarManifest) -> Iterator[CalendarEntry]:
    for item in manifest.ranges:
        begin, end = range_of(item.from_, item.to, manifest.zone)
        whole = not isinstance(item.from_, datetime) and not isinstance(item.to, datetime)
        yield CalendarEntry(begin, end, item.label, whole)


def range_of(first: date | datetime, last: date | datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Begin and end of a range in UTC; a day as its end belongs to it."""
    begin = local_to_utc(first, zone) if isinstance(first, datetime) else _midnight(first, zone)
    end = local_to_utc(last, zone) if isinstance(last, datetime) else _midnight(last + _DAY, zone)
    return begin, end


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day, also where the clock leaves midnight out."""
    return local_to_utc(datetime.combine(day, time()), zone)


def _of_event(event: CalendarEvent) -> CalendarEntry:
    return CalendarEntry(event.begin.astimezone(UTC), event.end.astimezone(UTC), event.label, event.whole_days)
