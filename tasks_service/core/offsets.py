"""The UTC offset of a zone as stretches in which the wall clock runs evenly.

Times are whole seconds since the Unix epoch. Wall time is counted the same way, as if the zone's clock showed UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The UTC seconds from ``begin`` up to but without ``end``, in which the offset stays the same."""

    begin: int
    end: int
    offset: int
    """Wall time minus UTC."""
    repeated: bool
    """The clock shows these times for the second time."""
    skipped: int
    """How many seconds the clock was put forward at ``begin``."""


def from_epoch(seconds: int) -> datetime:
    """Seconds since the epoch as a moment in UTC."""
    return _EPOCH + timedelta(seconds=seconds)


def to_epoch(moment: datetime) -> int:
    """An aware moment as seconds since the epoch, rounded down."""
    return (moment - _EPOCH) // _SECOND


def local_to_utc(value: datetime, zone: ZoneInfo) -> datetime:
    """A time on the wall of a zone in UTC: the first of two, and the end of the gap for one that the clock leaves out.

    A value with an offset is taken by that.
    """
    if value.tzinfo:
        return value.astimezone(UTC)
    usual, other = (value.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if usual <= other:
        return usual
    *_, behind = stretches(zone, to_epoch(other), to_epoch(usual) + 1)
    return from_epoch(behind.begin)


def stretches(zone: ZoneInfo, begin: int, end: int) -> Iterator[Stretch]:
    """Cut a piece of time wherever the offset changes or a repetition ends.

    The piece may be as long as a day: no zone changes its clock twice in so short a time and back again.
    """
    while begin < end:
        offset, repeated = _reading(zone, begin)
        stop = _change(zone, begin, end)
        skipped = max(0, offset - _reading(zone, begin - 1)[0])
        yield Stretch(begin, stop, offset, repeated, skipped)
        begin = stop


def _change(zone: ZoneInfo, begin: int, end: int) -> int:
    """The first second with another reading than ``begin``; ``end`` where there is none."""
    same, other = begin, end - 1
    reading = _reading(zone, begin)
    if _reading(zone, other) == reading:
        return end
    while other - same > 1:
        middle = (same + other) // 2
        if _reading(zone, middle) == reading:
            same = middle
        else:
            other = middle
    return other


def _reading(zone: ZoneInfo, seconds: int) -> tuple[int, bool]:
    local = from_epoch(seconds).astimezone(zone)
    offset = local.utcoffset() or timedelta()
    return offset // _SECOND, bool(local.fold)
