"""Schedules that are valid and yet most likely not what was meant: warnings, each with its figure or its date."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import chain, islice, pairwise
from zoneinfo import ZoneInfo

from tasks_service.core.clock_changes import ClockChange, Effect, clock_changes
from tasks_service.core.clocknotes import clock_note
from tasks_service.core.cronpattern import DAY
from tasks_service.core.crontab import NICKNAMES
from tasks_service.core.diagnostics import Finding, Loc
from tasks_service.core.durations import format_duration
from tasks_service.core.firing import pattern_of
from tasks_service.core.manifest import JobManifest
from tasks_service.core.offsets import Stretch, from_epoch, stretches, to_epoch
from tasks_service.core.schedule import Cron, Date, Interval, Schedule

_AHEAD = timedelta(days=2 * 366)
"""How far ahead changes of the clocks are looked for."""
_SECOND = timedelta(seconds=1)
_TIMES = 1440
"""So many times of a day are looked at for the shortest time between two."""
_SIZES = {"second": 60, "minute": 60, "hour": 24, "month": 12}
"""How many values each field has; where the step divides it the pace is even."""
_STEP = re.compile(r"\*/(\d{1,4})")


def schedule_doubts(schedule: Schedule, now: datetime) -> list[Finding]:
    """The doubts about a sound schedule by itself, with places relative to it."""
    match schedule:
        case Interval():
            return []
        case Date():
            return list(_odd_date(schedule))
        case Cron():
            return [*_uneven_steps(schedule), *_changes_of_clocks(schedule, now)]


def timeout_doubts(manifest: JobManifest) -> Iterator[Finding]:
    """Whether the job is due more often than a run may take, where its author chose the time and not the overlap."""
    policy = manifest.policy
    if "timeout" not in policy.model_fields_set or "overlap" in policy.model_fields_set:
        return
    between = _shortest_pause(manifest.schedule)
    if between and between < policy.timeout:
        yield Finding(
            rule="JM038",
            message=f"a run may take {format_duration(policy.timeout)}, and the job is due every "
            f"{format_duration(between)}: what is due while it runs is skipped",
            hint=f"give policy.timeout less than {format_duration(between)}, or write policy.overlap",
            severity="warning",
            loc=("policy", "timeout"),
        )


def _shortest_pause(schedule: Schedule) -> timedelta | None:
    """The shortest time between two fires of an interval, or of one day of a cron schedule."""
    match schedule:
        case Date():
            return None
        case Interval():
            return schedule.period
        case Cron():
            times = islice(pattern_of(schedule).times, _TIMES)
            return min((timedelta(seconds=later - earlier) for earlier, later in pairwise(times)), default=None)


def _uneven_steps(schedule: Cron) -> Iterator[Finding]:
    for name, text, loc in _fields(schedule):
        for step in map(int, _STEP.findall(text)):
            size = _SIZES[name]
            if not 1 < step < size or size % step == 0:
                continue
            last = (size - 1) // step * step
            yield Finding(
                rule="JM039",
                message=f"*/{step} does not divide the {size} {name}s: after {last + (name == 'month')} comes "
                f"{int(name == 'month')}, {_counted(size - last, name)} later instead of {step}",
                hint="take a step that divides it, list the values, or use trigger: interval for an even pace",
                severity="warning",
                loc=loc,
            )


def _fields(schedule: Cron) -> Iterator[tuple[str, str, Loc]]:
    """The fields whose size never changes, with the place of each."""
    if schedule.expression is None:
        yield from ((name, text, (name,)) for name, text in schedule.fields.items() if name in _SIZES)
        return
    text = NICKNAMES.get(schedule.expression.strip().lower(), schedule.expression)
    minute, hour, _, month, _ = text.split()
    yield from ((name, field, ("expression",)) for name, field in zip(_SIZES, ("", minute, hour, month), strict=True))


def _odd_date(schedule: Date) -> Iterator[Finding]:
    note = clock_note(schedule, schedule.moment(schedule.run_date))
    if note:
        yield Finding(
            rule="JM037",
            message=f"on {schedule.run_date:%Y-%m-%d} a change of the clocks meets run_date: {note}",
            hint="give another time, or its offset, such as 2027-03-28T02:30:00+01:00",
            severity="warning",
            loc=("run_date",),
        )


def _changes_of_clocks(schedule: Cron, now: datetime) -> Iterator[Finding]:
    """The next change that meets a fixed time; none where the author has said what is meant."""
    pattern = pattern_of(schedule)
    if "dst" in schedule.model_fields_set or not pattern.fixed:
        return
    met = (jump.at for jump in _jumps(schedule.zone.key, now.date()) if pattern.count(jump.begin, jump.end))
    change = next((c for at in met for c in clock_changes(schedule, max(at - _SECOND, now), at)), None)
    if change:
        yield Finding(
            rule="JM037",
            message=_told(schedule, change),
            hint="choose another time or zone, or write dst: {gap: after, fold: first} to say that this is meant",
            severity="warning",
            loc=("expression",) if schedule.expression else ("hour",),
        )


@dataclass(frozen=True, slots=True)
class _Jump:
    """A change of a zone's clock, and the times on the wall that it leaves out or shows twice."""

    at: datetime
    begin: int
    end: int


@lru_cache(maxsize=64)
def _jumps(zone: str, today: date) -> tuple[_Jump, ...]:
    """The changes from today on; looked for once, since many schedules share a zone."""
    first = to_epoch(datetime.combine(today, time(), UTC))
    last = first + int(_AHEAD.total_seconds())
    days = (stretches(ZoneInfo(zone), begin, begin + DAY) for begin in range(first, last, DAY))
    return tuple(jump for stretch in chain.from_iterable(days) if (jump := _jump(stretch)))


def _jump(stretch: Stretch) -> _Jump | None:
    wall, at = stretch.begin + stretch.offset, from_epoch(stretch.begin)
    if stretch.skipped:
        return _Jump(at, wall - stretch.skipped, wall)
    return _Jump(at, wall, stretch.end + stretch.offset) if stretch.repeated else None


def _told(schedule: Cron, change: ClockChange) -> str:
    local = change.at.astimezone(schedule.zone)
    times = "a time of this schedule" if change.times == 1 else f"{change.times} times of this schedule"
    if change.effect is Effect.MOVED:
        return f"on {local:%Y-%m-%d} the clock leaves out {times}: it runs right after the jump, at {local:%H:%M}"
    return f"on {local:%Y-%m-%d} the clock shows {times} twice: it runs the first time only"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
