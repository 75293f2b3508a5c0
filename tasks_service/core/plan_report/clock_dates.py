"""The days within a year on which a change of the clocks concerns the schedule of a job."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tasks_service.core.clock_changes import ClockChange, Effect, clock_changes
from tasks_service.core.cronpattern import DAY
from tasks_service.core.offsets import from_epoch, stretches, to_epoch
from tasks_service.core.plan_report.side import Side

AHEAD = timedelta(days=366)
_BESIDE = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockDate:
    """A day on which the clock leaves times of a schedule out, or shows them twice."""

    day: date
    """By the clock of the schedule."""
    effect: Effect
    times: int
    """How many times on the clock it concerns."""
    zone: str


def clock_dates(side: Side | None, now: datetime) -> tuple[ClockDate, ...]:
    """The days in the year after ``now``, ascending; none for a job that does not run."""
    if side is None or side.halted:
        return ()
    schedule = side.manifest.schedule
    turns = _turns(schedule.zone, to_epoch(now) // DAY)
    found = [c for turn in turns for c in clock_changes(schedule, max(now, turn - _BESIDE), turn + _BESIDE)]
    return tuple(_told(change, schedule.zone) for change in found)


def _told(change: ClockChange, zone: ZoneInfo) -> ClockDate:
    return ClockDate(day=change.at.astimezone(zone).date(), effect=change.effect, times=change.times, zone=zone.key)


@lru_cache(maxsize=1000)
def _turns(zone: ZoneInfo, first_day: int) -> tuple[datetime, ...]:
    """When the clock of a zone is put forward or back in a year; looked up once for all schedules in it."""
    days = range(first_day * DAY - 1, first_day * DAY + int(AHEAD.total_seconds()), DAY)
    found = [stretch for day in days for stretch in stretches(zone, day, day + DAY) if stretch.begin > day]
    return tuple(from_epoch(stretch.begin) for stretch in found if stretch.skipped or stretch.repeated)
