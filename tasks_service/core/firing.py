"""When a schedule fires: pure arithmetic over UTC instants.

``next_fire`` gives the first fire strictly after a moment; ``tally`` counts the fires of a stretch without keeping them
all. A cron schedule that cannot be read raises ``UnreadableCron``; validation lets none through.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tasks_service.core.cronclock import CronClock
from tasks_service.core.cronfields import fields_pattern
from tasks_service.core.cronpattern import YEARS, CronPattern
from tasks_service.core.crontab import crontab_pattern
from tasks_service.core.offsets import from_epoch, to_epoch
from tasks_service.core.schedule import Cron, Date, Interval, Schedule, ScheduleDocument

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END_OF_TIME = datetime(YEARS[-1], 12, 31, tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The fires of a stretch: how many, the first, and the newest few in ascending order.

    Without fires ``newest`` is empty and ``first`` is the end of the stretch.
    """

    count: int
    first: datetime
    newest: tuple[datetime, ...]


def next_fire(schedule: Schedule, after: datetime) -> datetime | None:
    """The first fire strictly after ``after``, in UTC; None where there is none."""
    after, until = _bounded(schedule, after, _END_OF_TIME)
    if isinstance(schedule, Cron):
        fire = _clock(schedule).first(to_epoch(after) + 1, to_epoch(until) + 1)
        return None if fire is None else from_epoch(fire)
    return next(fires(schedule, after, until), None)


def fires(schedule: Schedule, after: datetime, until: datetime) -> Iterator[datetime]:
    """All fires in ``(after, until]``, ascending, in UTC."""
    after, until = _bounded(schedule, after, until)
    match schedule:
        case Cron():
            for second in _clock(schedule).fires(to_epoch(after) + 1, to_epoch(until) + 1):
                yield from_epoch(second)
        case Interval():
            anchor, first, last = _beats(schedule, after, until)
            for beat in range(first, last + 1):
                yield anchor + beat * schedule.period
        case Date():
            due = schedule.moment(schedule.run_date)
            if after < due <= until:
                yield due


def tally(schedule: Schedule, after: datetime, until: datetime, keep: int) -> Tally:
    """Count the fires in ``(after, until]`` and keep the newest ``keep`` of them; ``keep`` is at least 1."""
    nothing = Tally(count=0, first=until, newest=())
    after, until = _bounded(schedule, after, until)
    match schedule:
        case Cron():
            found = _clock(schedule).count(to_epoch(after) + 1, to_epoch(until) + 1, keep)
            if found is None:
                return nothing
            return Tally(
                count=found.count, first=from_epoch(found.first), newest=tuple(from_epoch(s) for s in found.newest)
            )
        case Interval():
            anchor, first, last = _beats(schedule, after, until)
            if last < first:
                return nothing
            newest = range(max(first, last - keep + 1), last + 1)
            return Tally(
                count=last - first + 1,
                first=anchor + first * schedule.period,
                newest=tuple(anchor + beat * schedule.period for beat in newest),
            )
        case Date():
            due = tuple(fires(schedule, after, until))
            return Tally(count=1, first=due[0], newest=due) if due else nothing


def past_date(schedule: Schedule, now: datetime) -> datetime | None:
    """The one time of a date schedule, where it has passed; None for all others."""
    return next(fires(schedule, _EPOCH - _INSTANT, now), None) if isinstance(schedule, Date) else None


def pattern_of(schedule: Cron) -> CronPattern:
    """The pattern of either notation; raises ``UnreadableCron``."""
    if schedule.expression is not None:
        return crontab_pattern(schedule.expression, schedule.day_match)
    return fields_pattern(tuple(schedule.fields.items()), schedule.day_match)


def _clock(schedule: Cron) -> CronClock:
    return CronClock(pattern=pattern_of(schedule), zone=schedule.zone, dst=schedule.dst)


def _bounded(schedule: ScheduleDocument, after: datetime, until: datetime) -> tuple[datetime, datetime]:
    """``(after, until]`` within start_date and end_date, both of which may still fire."""
    after, until = after.astimezone(UTC), until.astimezone(UTC)
    if schedule.start_date:
        after = max(after, schedule.moment(schedule.start_date) - _INSTANT)
    if schedule.end_date:
        until = min(until, schedule.moment(schedule.end_date))
    return after, until


def _beats(schedule: Interval, after: datetime, until: datetime) -> tuple[datetime, int, int]:
    """The anchor of the phase, and the numbers of the first and the last beat in ``(after, until]``."""
    anchor = schedule.moment(schedule.start_date) if schedule.start_date else _EPOCH
    return anchor, (after - anchor) // schedule.period + 1, (until - anchor) // schedule.period
