"""The moment that is asked for: as people write it, on a clock that may leave times out or show them twice."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tasks_service.core.errors import InvalidInput
from tasks_service.core.offsets import from_epoch, stretches, to_epoch
from tasks_service.core.schedule import zones

_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_LONGEST = 80
_SPLIT_OFFSET = re.compile(r"(?<=\d) (?=\d{2}:?\d{2}$)")
"""A plus sign that a query string turned into a space."""
_FORM = re.compile(r"(?P<time>[^\[\]]+)(?:\[(?P<zone>[^\[\]]+)\])?")
_HINT = "write ISO 8601, such as 2026-03-08T02:30 (the job's zone), …T02:30-05:00 or …T02:30[America/New_York]"


@dataclass(frozen=True, slots=True, kw_only=True)
class GapOrFold:
    """A change of the clocks that the moment falls into."""

    kind: str
    """``gap``: the clock leaves the time out; ``fold``: it shows the time twice."""
    clock: str
    """The time as the clock shows it, or would: ``02:30``."""
    leaves: str = ""
    """In a gap: what the clock would have shown at the jump."""
    resumes: str = ""
    """In a gap: what it shows instead."""
    first: datetime | None = None
    """In a fold: when the clock shows the time first."""
    second: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A moment, and the zone in which it is told."""

    moment: datetime
    """In UTC; a time that the clock leaves out is the end of the gap."""
    zone: ZoneInfo
    change: GapOrFold | None = None


def read_asked(text: str, zone: ZoneInfo, now: datetime) -> Asked:
    """Read a moment; without an offset it is on the clock of ``zone``, and an empty text is now.

    Raises ``InvalidInput`` with a sentence.
    """
    words = text.strip()
    if words in ("", "now"):
        return at_moment(now, zone)
    found = _FORM.fullmatch(words[:_LONGEST])
    if found is None or len(words) > _LONGEST:
        raise _unreadable(text)
    clock = ZoneInfo(_known(found["zone"])) if found["zone"] else zone
    try:
        local = datetime.fromisoformat(_SPLIT_OFFSET.sub("+", found["time"].strip()))
    except ValueError:
        raise _unreadable(text) from None
    if not _FIRST_YEAR < local.year < _LAST_YEAR:
        raise InvalidInput("a time lies between the years 1971 and 2199", hint=_HINT)
    if local.tzinfo is not None:
        return at_moment(local.astimezone(UTC), clock)
    return _on_clock(local, clock)


def at_moment(moment: datetime, zone: ZoneInfo) -> Asked:
    """A moment that is known, with the change of the clocks that it falls into."""
    local = moment.astimezone(zone)
    first, second = _both(local.replace(tzinfo=None), zone)
    change = None
    if first < second:
        change = GapOrFold(kind="fold", clock=_clock(local), first=first, second=second)
    elif skipped := next(stretches(zone, to_epoch(moment), to_epoch(moment) + 1)).skipped:
        change = _gap(local, local.replace(tzinfo=None), skipped)
    return Asked(moment=moment.astimezone(UTC), zone=zone, change=change)


def _on_clock(local: datetime, zone: ZoneInfo) -> Asked:
    usual, other = _both(local, zone)
    if usual <= other:
        return at_moment(usual, zone)
    *_, behind = stretches(zone, to_epoch(other), to_epoch(usual) + 1)
    end = from_epoch(behind.begin)
    change = _gap(local, end.astimezone(zone).replace(tzinfo=None), behind.skipped)
    return Asked(moment=end, zone=zone, change=change)


def _both(local: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first, second


def _gap(asked: datetime, resumes: datetime, skipped: int) -> GapOrFold:
    leaves = resumes - timedelta(seconds=skipped)
    return GapOrFold(kind="gap", clock=_clock(asked), leaves=_clock(leaves), resumes=_clock(resumes))


def _clock(local: datetime) -> str:
    return f"{local:%H:%M:%S}".removesuffix(":00")


def _known(zone: str) -> str:
    if zone not in zones():
        raise InvalidInput(f"{zone!r} is no IANA time zone", hint="write a name such as Europe/Berlin or UTC")
    return zone


def _unreadable(text: str) -> InvalidInput:
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return InvalidInput(f"{shown!r} is no time", hint=_HINT)
