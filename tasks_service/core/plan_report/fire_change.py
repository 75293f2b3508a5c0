"""The fires that a change brings and takes, within the days that are looked at."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice

from tasks_service.core.plan_report.side import Side, count

SHOWN = 3
"""So many of the fires on each side are named."""
DAYS = 7
AHEAD = timedelta(days=DAYS)
"""How far ahead fires are compared."""
_SHORTEST = timedelta(minutes=1)
"""Of a schedule that fires every second at least so much is compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FireChange:
    """Fires gained and lost. The counts are exact, up to ``compared_until``."""

    before: int
    """Runs in the whole time without the change."""
    after: int
    """Runs in the whole time with it."""
    gained: int
    lost: int
    first_gained: tuple[datetime, ...]
    first_lost: tuple[datetime, ...]
    compared_until: datetime
    """Earlier than ``until`` where there are too many fires to compare them one by one."""
    until: datetime
    """The end of the time that is looked at."""

    @property
    def complete(self) -> bool:
        """Whether all fires were compared."""
        return self.compared_until == self.until

    @property
    def moves(self) -> bool:
        """Whether any fire is gained or lost, as far as was looked."""
        return bool(self.gained or self.lost or self.before != self.after)


def fire_change(before: Side | None, after: Side | None, start: datetime, end: datetime, limit: int) -> FireChange:
    """Compare the fires in ``(start, end]``, one by one where both sides have some: at most ``limit`` of them."""
    olds, news = count(before, start, end), count(after, start, end)
    if before and after and before.runs_like(after):
        return _change(olds, news, (0, 0), ((), ()), (end, end))
    if not (before and after and olds and news):
        firsts = _first(after, start, end), _first(before, start, end)
        return _change(olds, news, (news, olds), firsts, (end, end))
    until = _within_limit(before, after, (start, end), limit)
    apart = list(_apart(before.runs(start, until), after.runs(start, until)))
    gained = [moment for moment, new in apart if new]
    lost = [moment for moment, new in apart if not new]
    firsts = tuple(gained[:SHOWN]), tuple(lost[:SHOWN])
    return _change(olds, news, (len(gained), len(lost)), firsts, (until, end))


_Moments = tuple[datetime, ...]


def _change(
    olds: int, news: int, apart: tuple[int, int], firsts: tuple[_Moments, _Moments], ends: tuple[datetime, datetime]
) -> FireChange:
    return FireChange(
        before=olds,
        after=news,
        gained=apart[0],
        lost=apart[1],
        first_gained=firsts[0],
        first_lost=firsts[1],
        compared_until=ends[0],
        until=ends[1],
    )


def _first(side: Side | None, start: datetime, end: datetime) -> tuple[datetime, ...]:
    return tuple(islice(side.runs(start, end), SHOWN)) if side else ()


def _within_limit(before: Side, after: Side, span: tuple[datetime, datetime], limit: int) -> datetime:
    """The end, or an earlier moment up to which both sides together have no more than ``limit`` fires."""
    start, end = span
    while end - start > _SHORTEST and (number := before.count(start, end) + after.count(start, end)) > limit:
        end = (start + (end - start) * min(0.9, limit / number)).replace(microsecond=0)
    return end


def _apart(olds: Iterable[datetime], news: Iterable[datetime]) -> Iterator[tuple[datetime, bool]]:
    """The moments that only one side has, ascending, and whether it is the new one."""
    both = merge(((moment, False) for moment in olds), ((moment, True) for moment in news))
    held: tuple[datetime, bool] | None = None
    for one in both:
        if held and held[0] == one[0]:
            held = None
            continue
        if held:
            yield held
        held = one
    if held:
        yield held
