"""What a change of the clocks does to the fires of a cron schedule."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tasks_service.core.cronpattern import DAY, CronPattern
from tasks_service.core.firing import pattern_of
from tasks_service.core.offsets import Stretch, from_epoch, stretches, to_epoch
from tasks_service.core.schedule import Cron, Schedule


class Effect(StrEnum):
    """What becomes of the times that the clock leaves out or shows twice."""

    MOVED = "moved"
    """The clock leaves the time out: the job runs right after the jump."""
    LEFT_OUT = "left_out"
    """The clock leaves the times out, and so does the job."""
    ONCE = "once"
    """The clock shows the time twice: the job runs the first time only."""
    TWICE = "twice"
    """The clock shows the times twice: the job runs both times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockChange:
    """A change of the clock that concerns a schedule."""

    at: datetime
    """When the clock is changed, in UTC; of a repeated hour, when its repetition begins."""
    effect: Effect
    times: int
    """How many of the schedule's times on the clock it concerns."""


def clock_changes(schedule: Schedule, after: datetime, until: datetime) -> Iterator[ClockChange]:
    """The changes within ``(after, until]`` that concern a schedule; those of intervals and dates never do."""
    if not isinstance(schedule, Cron):
        return
    if schedule.start_date:
        after = max(after, schedule.moment(schedule.start_date))
    if schedule.end_date:
        until = min(until, schedule.moment(schedule.end_date))
    pattern = pattern_of(schedule)
    first = begin = to_epoch(after) + 1
    while begin <= to_epoch(until):
        for stretch in stretches(schedule.zone, begin, begin + DAY):
            cut_off = stretch.begin == begin != first and stretch.repeated
            found = None if cut_off or stretch.begin > to_epoch(until) else _effect(stretch, pattern, schedule)
            if found:
                yield found
        begin += DAY


def _effect(stretch: Stretch, pattern: CronPattern, schedule: Cron) -> ClockChange | None:
    wall = stretch.begin + stretch.offset
    if stretch.skipped:
        times = pattern.count(wall - stretch.skipped, wall)
        moved = pattern.fixed and schedule.dst.gap == "after"
        effect = Effect.MOVED if moved else Effect.LEFT_OUT
    elif stretch.repeated:
        whole = next(stretches(schedule.zone, stretch.begin, stretch.begin + DAY))
        times = pattern.count(wall, whole.end + whole.offset)
        once = pattern.fixed and schedule.dst.fold == "first"
        effect = Effect.ONCE if once else Effect.TWICE
    else:
        return None
    return ClockChange(at=from_epoch(stretch.begin), effect=effect, times=times) if times else None
