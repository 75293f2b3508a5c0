"""When a simple cron schedule fires, found by looking at every minute. Slow, plain, and independent of the core."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
_LONGEST_OFFSET = timedelta(hours=26)


@dataclass(frozen=True)
class Wall:
    """A cron schedule as sets; weekdays as ``datetime.isoweekday`` counts them. ``fixed`` is no pace."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    fixed: bool

    def shows(self, wall: datetime) -> bool:
        return (
            wall.minute in self.minutes
            and wall.hour in self.hours
            and wall.day in self.days
            and wall.month in self.months
            and wall.isoweekday() in self.weekdays
        )


def minutes_between(after: datetime, until: datetime) -> list[datetime]:
    """Whole minutes in ``(after, until]``."""
    minute = after.replace(second=0, microsecond=0)
    found = []
    while (minute := minute + MINUTE) <= until:
        found.append(minute)
    return found


def expected_fires(
    wall: Wall, zone: ZoneInfo, after: datetime, until: datetime, *, gap: str = "after", fold: str = "first"
) -> list[datetime]:
    """The fires in ``(after, until]``."""
    if not wall.fixed:
        return [m for m in minutes_between(after, until) if wall.shows(m.astimezone(zone))]
    found: set[datetime] = set()
    start, stop = (moment.replace(tzinfo=None) for moment in (after - _LONGEST_OFFSET, until + _LONGEST_OFFSET))
    for shown in minutes_between(start, stop):
        if wall.shows(shown):
            found |= set(_instants(shown, zone, gap, fold))
    return sorted(m for m in found if after < m <= until)


def _instants(shown: datetime, zone: ZoneInfo, gap: str, fold: str) -> list[datetime]:
    readings = [shown.replace(tzinfo=zone, fold=n).astimezone(UTC) for n in (0, 1)]
    real = sorted({m for m in readings if m.astimezone(zone).replace(tzinfo=None, fold=0) == shown})
    if real:
        return real if fold == "both" else real[:1]
    if gap == "skip":
        return []
    minute = min(readings)
    while minute.astimezone(zone).replace(tzinfo=None) < shown:
        minute += MINUTE
    return [minute]


def clock_changes(zone: ZoneInfo, year: int) -> list[datetime]:
    """The first whole hour after each change of the offset in a year."""
    hour = datetime(year, 1, 1, tzinfo=UTC)
    found = []
    while hour.year == year:
        upcoming = hour + timedelta(hours=1)
        if hour.astimezone(zone).utcoffset() != upcoming.astimezone(zone).utcoffset():
            found.append(upcoming)
        hour = upcoming
    return found
