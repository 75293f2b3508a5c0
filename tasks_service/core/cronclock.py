"""A cron pattern on the clock of a zone: which UTC seconds it fires at, changes of the clock included.

A pace (``*/15 * * * *``) follows the clock as it runs: what the clock leaves out does not fire, what it shows twice
fires twice. Fixed times (``30 2 * * *``) are meant once a day: one that is left out fires right after the jump, and
one that is shown twice fires the first time, unless ``dst`` says otherwise.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from zoneinfo import ZoneInfo

from tasks_service.core.cronpattern import DAY, CronPattern
from tasks_service.core.offsets import Stretch, stretches
from tasks_service.core.schedule import Dst

_HORIZON = 400 * 366 * DAY
"""How far behind the first matching day a fire is looked for; only ``gap: skip`` can make one that never comes."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many fires, the first, and the newest few in ascending order, in UTC seconds."""

    count: int
    first: int
    newest: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CronClock:
    """Fires as UTC seconds since the epoch, always from ``begin`` up to but without ``end``."""

    pattern: CronPattern
    zone: ZoneInfo
    dst: Dst

    def first(self, begin: int, end: int) -> int | None:
        """The first fire; None where there is none."""
        day = self.pattern.next_day(begin // DAY - 1)
        if day is None:
            return None
        return next(self.fires(begin, min(end, day * DAY + _HORIZON)), None)

    def fires(self, begin: int, end: int) -> Iterator[int]:
        """All fires, ascending."""
        return (fire for stretch in self._stretches(begin, end) for fire in self._within(stretch))

    def count(self, begin: int, end: int, keep: int) -> Count | None:
        """Count the fires, and keep the newest ``keep``; None where there is none."""
        count, first = 0, None
        last: deque[tuple[Stretch, int]] = deque()
        held = 0
        for stretch in self._stretches(begin, end):
            found = self._count(stretch)
            if not found:
                continue
            first = next(self._within(stretch)) if first is None else first
            count += found
            last.append((stretch, found))
            held += found
            while held - last[0][1] >= keep:
                held -= last.popleft()[1]
        if first is None:
            return None
        backwards = (fire for stretch, _ in reversed(last) for fire in self._within(stretch, backwards=True))
        return Count(count, first, tuple(islice(backwards, keep))[::-1])

    def _stretches(self, begin: int, end: int) -> Iterator[Stretch]:
        """The stretches near matching days; offsets are shorter than a day, so the days around them are enough."""
        while begin < end:
            day = self.pattern.next_day(begin // DAY - 1)
            if day is None:
                return
            begin = max(begin, (day - 1) * DAY)
            stop = min(end, (begin // DAY + 1) * DAY)
            yield from stretches(self.zone, begin, stop)
            begin = stop

    def _count(self, stretch: Stretch) -> int:
        return self._lands(stretch) + (0 if self._silent(stretch) else self.pattern.count(*_wall(stretch)))

    def _within(self, stretch: Stretch, *, backwards: bool = False) -> Iterator[int]:
        landed = [stretch.begin] if self._lands(stretch) else []
        if self._silent(stretch):
            return iter(landed)
        shown = (wall - stretch.offset for wall in self.pattern.within(*_wall(stretch), backwards=backwards))
        return chain(shown, landed) if backwards else chain(landed, shown)

    def _silent(self, stretch: Stretch) -> bool:
        """Whether these times had their fires when the clock showed them first."""
        return stretch.repeated and self.pattern.fixed and self.dst.fold == "first"

    def _lands(self, stretch: Stretch) -> bool:
        """Whether a fixed time that the jump left out fires right after it, where nothing else does."""
        if not (stretch.skipped and self.pattern.fixed and self.dst.gap == "after"):
            return False
        after = stretch.begin + stretch.offset
        return bool(self.pattern.count(after - stretch.skipped, after)) and not self.pattern.count(after, after + 1)


def _wall(stretch: Stretch) -> tuple[int, int]:
    return stretch.begin + stretch.offset, stretch.end + stretch.offset
