"""What a change of the clocks does to one fire, in words."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from tasks_service.core.cronpattern import DAY
from tasks_service.core.firing import pattern_of
from tasks_service.core.offsets import Stretch, stretches, to_epoch
from tasks_service.core.schedule import Cron, Date, Interval, Schedule

_NAMED = 3
"""So many of the times that a jump leaves out are named."""


def clock_note(schedule: Schedule, fire: datetime) -> str:
    """What a change of the clocks does to this fire of the schedule; empty where it does nothing.

    Intervals run in UTC, where the clocks never change.
    """
    match schedule:
        case Interval():
            return ""
        case Date():
            return _note_of_date(schedule, fire)
        case Cron():
            return _note_of_cron(schedule, fire)


def _note_of_date(schedule: Date, fire: datetime) -> str:
    local = fire.astimezone(schedule.zone)
    meant = schedule.run_date
    if meant.tzinfo is None and meant != local.replace(tzinfo=None):
        return f"{_reading(meant)} does not exist that day: runs at {_reading(local)}"
    if meant.tzinfo is None and _repeats(schedule.zone, local):
        return f"first of two {_reading(local)}s"
    return ""


def _note_of_cron(schedule: Cron, fire: datetime) -> str:
    local, second = fire.astimezone(schedule.zone), to_epoch(fire)
    (stretch,) = stretches(schedule.zone, second, second + 1)
    if left_out := _left_out(schedule, stretch):
        times, does = _listed(left_out), "does" if len(left_out) == 1 else "do"
        return f"{times} {does} not exist that day: runs at {_reading(local)}"
    if local.fold:
        return f"second of two {_reading(local)}s"
    if not _repeats(schedule.zone, local):
        return ""
    once = pattern_of(schedule).fixed and schedule.dst.fold == "first"
    return f"first of two {_reading(local)}s" + (": runs once" if once else "")


def _left_out(schedule: Cron, stretch: Stretch) -> list[str]:
    """The fixed times that the jump at the begin of the stretch leaves out, and that run there instead."""
    pattern = pattern_of(schedule)
    if not (stretch.skipped and pattern.fixed and schedule.dst.gap == "after"):
        return []
    after = stretch.begin + stretch.offset
    times = pattern.within(after - stretch.skipped, after)
    return [_reading(_MIDNIGHT + timedelta(seconds=time % DAY)) for time in islice(times, _NAMED + 1)]


_MIDNIGHT = datetime(1970, 1, 1, tzinfo=UTC)


def _listed(times: list[str]) -> str:
    if len(times) > _NAMED:
        return f"{', '.join(times[:_NAMED])} and later ones"
    return " and ".join(filter(None, (", ".join(times[:-1]), times[-1])))


def _repeats(zone: ZoneInfo, local: datetime) -> bool:
    """Whether the zone's clock shows this time once more."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC) < local.replace(tzinfo=zone, fold=1).astimezone(UTC)


def _reading(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}".removesuffix(":00")
