"""How much all jobs together ask for: runs in the days ahead, and the busiest minute of the next day."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tasks_service.core.offsets import from_epoch, to_epoch
from tasks_service.core.plan_report.fire_change import AHEAD, DAYS
from tasks_service.core.plan_report.side import Side

_DAY = timedelta(days=1)
_MINUTE = 60
LIMIT = 100_000
"""The most fires that are sorted into minutes: somebody waits for the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyMinute:
    """The minute of the next day in which the most runs are due."""

    at: datetime
    runs: int
    unseen: int
    """Jobs that were not looked at, because they run too often; in every minute about the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What all jobs ask for, before the change or after it."""

    runs: int
    """In the days ahead."""
    busiest: BusyMinute | None
    """None where nothing is due within a day."""

    @property
    def per_day(self) -> float:
        """Runs per day, on average of the days ahead."""
        return self.runs / DAYS


def load(sides: Iterable[Side], start: datetime) -> Load:
    """The load of all jobs after ``start``. Jobs with one schedule are counted once and multiplied."""
    running = [side for side in sides if not side.halted]
    times = Counter(side.manifest.schedule_digest for side in running)
    distinct = list({side.manifest.schedule_digest: side for side in running}.values())
    runs = sum(side.count(start, start + AHEAD) * times[side.manifest.schedule_digest] for side in distinct)
    return Load(runs=runs, busiest=_busiest(distinct, times, start))


def _busiest(distinct: list[Side], times: Counter[str], start: datetime) -> BusyMinute | None:
    minutes: Counter[int] = Counter()
    left, unseen = LIMIT, 0
    counted = sorted(
        ((side.count(start, start + _DAY), n, side) for n, side in enumerate(distinct)), key=lambda c: c[:2]
    )
    for number, _, side in counted:
        weight = times[side.manifest.schedule_digest]
        if number > left:
            unseen += weight
            continue
        left -= number
        for moment in side.runs(start, start + _DAY):
            minutes[to_epoch(moment) // _MINUTE] += weight
    if not minutes:
        return None
    minute, runs = min(minutes.items(), key=lambda item: (-item[1], item[0]))
    return BusyMinute(at=from_epoch(minute * _MINUTE), runs=runs, unseen=unseen)
