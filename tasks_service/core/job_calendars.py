"""The calendars of one job: when they close, why, and until when. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush
from itertools import pairwise

from tasks_service.core.calendar import Calendar
from tasks_service.core.calendar_entries import CalendarEntries, CalendarEntry, entries_of
from tasks_service.core.schedule import ScheduleDocument


@dataclass(frozen=True, slots=True)
class Closure:
    """The time from ``begin`` up to but without ``end``, in which no slot of a job starts, and why."""

    begin: datetime
    end: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCalendars:
    """What ``skip_during`` and ``only_during`` of one job refer to."""

    skip: tuple[CalendarEntries, ...] = ()
    only: tuple[CalendarEntries, ...] = ()
    unknown: tuple[str, ...] = ()
    """Names of which no calendar is known: nothing starts until one is."""

    @property
    def always_open(self) -> bool:
        """Whether no calendar has a say."""
        return not (self.skip or self.only or self.unknown)

    def why_closed(self, moment: datetime) -> str:
        """The reason why a slot at that moment does not start: calendar and entry; empty where it may."""
        if self.unknown:
            return _unknown(self.unknown)
        for calendar in self.skip:
            if entry := calendar.at(moment):
                return _inside(calendar, entry)
        return "" if self._admitted(moment) else _outside(self.only)

    def closures(self, begin: datetime, end: datetime) -> list[Closure]:
        """The closed parts of the time from ``begin`` up to ``end``, ascending, apart or with another reason."""
        if begin >= end or self.always_open:
            return []
        if self.unknown:
            return [Closure(begin, end, _unknown(self.unknown))]
        stays = [
            _Stay((rank, e), _inside(calendar, e))
            for rank, calendar in enumerate(self.skip)
            for e in calendar.within(begin, end)
        ]
        if self.only:
            left_out = self._left_out(begin, end)
            stays += [_Stay((len(self.skip), CalendarEntry(*span)), _outside(self.only)) for span in left_out]
        return list(_joined(_pieces(stays, begin, end)))

    def next_change(self, moment: datetime) -> datetime | None:
        """For a closed moment: the next at which it is worth asking again; None where it stays closed for good."""
        if self.unknown:
            return None
        ends = [entry.end for calendar in self.skip if (entry := calendar.at(moment))]
        if ends:
            return max(ends)
        return min((begin for calendar in self.only if (begin := calendar.next_begin(moment))), default=None)

    def _admitted(self, moment: datetime) -> bool:
        return not self.only or any(calendar.at(moment) for calendar in self.only)

    def _left_out(self, begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The parts of a stretch that no calendar of ``only_during`` covers."""
        for entry in sorted(e for calendar in self.only for e in calendar.within(begin, end)):
            if begin < entry.begin:
                yield begin, entry.begin
            begin = max(begin, entry.end)
        if begin < end:
            yield begin, end


ALWAYS_OPEN = JobCalendars()


def calendars_of(schedule: ScheduleDocument, known: Mapping[str, Calendar]) -> JobCalendars:
    """The calendars that a schedule refers to; ``known`` by their key."""
    if not schedule.skip_during and not schedule.only_during:
        return ALWAYS_OPEN
    return JobCalendars(
        skip=tuple(entries_of(c) for name in schedule.skip_during if (c := known.get(name.lower()))),
        only=tuple(entries_of(c) for name in schedule.only_during if (c := known.get(name.lower()))),
        unknown=tuple(name for name in calendar_names(schedule) if name.lower() not in known),
    )


def calendar_names(schedule: ScheduleDocument) -> list[str]:
    """The names that a schedule refers to, as they are written, each once."""
    return list(dict.fromkeys([*schedule.skip_during, *schedule.only_during]))


@dataclass(frozen=True, slots=True)
class _Stay:
    rank: tuple[int, CalendarEntry]
    """The calendar's place and the entry: of several at one moment the lowest gives the reason."""
    reason: str


def _pieces(stays: Sequence[_Stay], begin: datetime, end: datetime) -> Iterator[Closure]:
    """Cut where an entry begins or ends; each piece has the reason of the first entry that covers it."""
    ordered = sorted(stays, key=lambda s: s.rank[1].begin)
    edges = sorted({begin, end, *(m for s in stays for m in (s.rank[1].begin, s.rank[1].end) if begin < m < end)})
    covering: list[tuple[tuple[int, CalendarEntry], str]] = []
    position = 0
    for left, right in pairwise(edges):
        while position < len(ordered) and ordered[position].rank[1].begin <= left:
            heappush(covering, (ordered[position].rank, ordered[position].reason))
            position += 1
        while covering and covering[0][0][1].end <= left:
            heappop(covering)
        if covering:
            yield Closure(left, right, covering[0][1])


def _joined(pieces: Iterable[Closure]) -> Iterator[Closure]:
    """Neighbours with one reason as one."""
    last: Closure | None = None
    for piece in pieces:
        if last and (last.end, last.reason) == (piece.begin, piece.reason):
            last = Closure(last.begin, piece.end, piece.reason)
            continue
        if last:
            yield last
        last = piece
    if last:
        yield last


def _inside(calendar: CalendarEntries, entry: CalendarEntry) -> str:
    return f"{calendar.calendar_id}: {entry.told(calendar.zone)}"


def _outside(only: Sequence[CalendarEntries]) -> str:
    return f"outside {' and '.join(calendar.calendar_id for calendar in only)} (only_during)"


def _unknown(names: Sequence[str]) -> str:
    return f"no calendar is known by the name of {', '.join(names)}"
