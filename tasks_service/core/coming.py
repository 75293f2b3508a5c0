"""The fires to come: which of them run, and which a calendar leaves out. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tasks_service.core.firing import fires, next_fire, tally
from tasks_service.core.job_calendars import JobCalendars
from tasks_service.core.schedule import Schedule

_INSTANT = timedelta(microseconds=1)
_FURTHEST = timedelta(days=3660)
"""How far ahead a fire that no calendar leaves out is looked for."""
_MOST_STEPS = 2000
_TOLD_AHEAD = timedelta(days=31)
_MOST_TOLD = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedFires:
    """Consecutive fires that a calendar leaves out."""

    first: datetime
    until: datetime
    """The last of them."""
    count: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """The next fires of a schedule, ascending."""

    runs: tuple[datetime, ...]
    skipped: tuple[SkippedFires, ...]
    """Those left out before the last of ``runs``, or within a month where too few run; at most 100."""


def next_run(schedule: Schedule, calendars: JobCalendars, after: datetime) -> datetime | None:
    """The first fire strictly after ``after`` that no calendar leaves out; None where ten years hold none."""
    furthest = after + _FURTHEST if not calendars.always_open else None
    for _ in range(_MOST_STEPS):
        fire = next_fire(schedule, after)
        if fire is None or not calendars.why_closed(fire):
            return fire
        change = calendars.next_change(fire)
        if change is None or (furthest and change > furthest):
            return None
        after = change - _INSTANT
    return None


def runs_within(schedule: Schedule, calendars: JobCalendars, after: datetime, until: datetime) -> Iterator[datetime]:
    """The fires in ``(after, until]`` that no calendar leaves out, ascending."""
    if calendars.always_open:
        yield from fires(schedule, after, until)
        return
    fire = next_run(schedule, calendars, after)
    while fire and fire <= until:
        yield fire
        fire = next_run(schedule, calendars, fire)


def count_runs(schedule: Schedule, calendars: JobCalendars, after: datetime, until: datetime) -> int:
    """How many fires in ``(after, until]`` no calendar leaves out, counted without a walk along them."""
    if after >= until:
        return 0
    closures = calendars.closures(after + _INSTANT, until + _INSTANT)
    closed = sum(tally(schedule, c.begin - _INSTANT, c.end - _INSTANT, keep=1).count for c in closures)
    return tally(schedule, after, until, keep=1).count - closed


def coming(schedule: Schedule, calendars: JobCalendars, after: datetime, count: int) -> Coming:
    """The next ``count`` fires that run, and those that are left out among them."""
    runs: list[datetime] = []
    while len(runs) < count and (fire := next_run(schedule, calendars, runs[-1] if runs else after)):
        runs.append(fire)
    end = runs[-1] if len(runs) == count else max([after + _TOLD_AHEAD, *runs[-1:]])
    return Coming(runs=tuple(runs), skipped=left_out(schedule, calendars, after, end))


def left_out(schedule: Schedule, calendars: JobCalendars, after: datetime, until: datetime) -> tuple[SkippedFires, ...]:
    """The fires in ``(after, until]`` that a calendar leaves out, at most 100 stretches of them."""
    found: list[SkippedFires] = []
    for closure in calendars.closures(after + _INSTANT, until + _INSTANT):
        left = tally(schedule, closure.begin - _INSTANT, closure.end - _INSTANT, keep=1)
        if left.count:
            found.append(SkippedFires(first=left.first, until=left.newest[-1], count=left.count, reason=closure.reason))
        if len(found) == _MOST_TOLD:
            break
    return tuple(found)


def newest_runs(
    schedule: Schedule, calendars: JobCalendars, after: datetime, until: datetime, keep: int
) -> tuple[datetime, ...]:
    """The newest ``keep`` fires in ``(after, until]`` that no calendar leaves out, ascending."""
    found: list[datetime] = []
    end = until
    for closure in reversed(calendars.closures(after + _INSTANT, until + _INSTANT)):
        found = [*_newest(schedule, closure.end - _INSTANT, end, keep - len(found)), *found]
        end = closure.begin - _INSTANT
    return (*_newest(schedule, after, end, keep - len(found)), *found)


def _newest(schedule: Schedule, after: datetime, until: datetime, keep: int) -> tuple[datetime, ...]:
    return tally(schedule, after, until, keep).newest if keep and after < until else ()
