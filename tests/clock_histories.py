"""The time zone database as it will be used: zones whose clocks do the same, and the days on which they change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from wall_oracle import MINUTE, Stretch

BEGIN, END = datetime(2026, 12, 1, tzinfo=UTC), datetime(2028, 12, 1, tzinfo=UTC)
"""The next two years."""
_AROUND = timedelta(hours=36)
_LOOK = timedelta(days=1)
_QUIET_DAYS = (datetime(2027, 2, 28, 12, tzinfo=UTC), datetime(2028, 2, 29, 12, tzinfo=UTC))
"""What is looked at where no clock changes."""

Change = tuple[datetime, timedelta]


@dataclass(frozen=True)
class History:
    """What the clocks of some zones do: the offset at the begin, and each change with the offset after it."""

    zones: Sequence[str]
    offset: timedelta
    changes: Sequence[Change]

    @property
    def zone(self) -> str:
        """The first of the zones stands for all."""
        return self.zones[0]

    @property
    def middles(self) -> Sequence[datetime]:
        """The moments that are worth looking around."""
        return [moment for moment, _ in self.changes] or _QUIET_DAYS

    def around(self, middle: datetime) -> Stretch:
        """Three days around a moment."""
        return Stretch.of(ZoneInfo(self.zone), middle - _AROUND, middle + _AROUND)


@cache
def histories() -> list[History]:
    """Every distinct history of the database, in the order of their first zones."""
    found: dict[tuple[timedelta, tuple[Change, ...]], list[str]] = {}
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        found.setdefault((_offset(zone, BEGIN), tuple(_changes(zone))), []).append(name)
    return [History(zones, offset, changes) for (offset, changes), zones in found.items()]


def _changes(zone: ZoneInfo) -> list[Change]:
    """Each change to the minute."""
    found: list[Change] = []
    moment, offset = BEGIN, _offset(zone, BEGIN)
    while moment < END:
        later = moment + _LOOK
        if (changed := _offset(zone, later)) != offset:
            found.append((_first_minute(zone, moment, later, changed), changed))
        moment, offset = later, changed
    return found


def _first_minute(zone: ZoneInfo, before: datetime, after: datetime, offset: timedelta) -> datetime:
    while after - before > MINUTE:
        middle = before + (after - before) / 2 // MINUTE * MINUTE
        if _offset(zone, middle) == offset:
            after = middle
        else:
            before = middle
    return after


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)
