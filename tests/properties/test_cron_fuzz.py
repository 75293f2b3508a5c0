"""Random cron strings: both read them, or both refuse them, and they fire on the same minutes.

The default suite takes four hundred; ``make proofs`` takes ten thousand.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random

import cron_fuzz
import pytest
from builders import make_schedule
from clock_histories import histories
from wall_oracle import Stretch, Unreadable, Wall, crontab

from tasks_service.core.cronpattern import UnreadableCron
from tasks_service.core.firing import fires, next_fire
from tasks_service.core.schedule import Schedule

BROKEN = 0.15
DAYS_SHOWN = 8
_LOOKED_AHEAD = 3 * 366


@dataclass
class Figures:
    """What was compared, and what was found."""

    read: int = 0
    refused: int = 0
    fires: int = 0
    days: int = 0
    modes: Counter[str] = field(default_factory=Counter)
    defects: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.read + self.refused} cron strings: {self.read} read, {self.refused} refused by both;"
            f" day_match {dict(self.modes)}; {self.fires} fires in three days around a change and"
            f" {self.days} days of fires: {len(self.defects)} defects"
        )


@cache
def stretches() -> list[tuple[str, Stretch]]:
    """Three days around a change, in a dozen zones that do different things."""
    changing = [history for history in histories() if history.changes]
    chosen = changing[:: len(changing) // 12]
    return [
        (history.zone, history.around(history.middles[n % len(history.middles)])) for n, history in enumerate(chosen)
    ]


def compare(count: int, seed: int) -> Figures:
    random = Random(seed)
    figures = Figures()
    for _ in range(count):
        mode = random.choice((None, "or", "and"))
        make = cron_fuzz.broken if random.random() < BROKEN else cron_fuzz.valid
        _compare_one(make(random), mode, random, figures)
    return figures


def _compare_one(expression: str, mode: str | None, random: Random, figures: Figures) -> None:
    zone, stretch = random.choice(stretches())
    try:
        wall = crontab(expression, mode)
    except Unreadable:
        wall = None
    schedule = make_schedule(expression=expression, timezone=zone, **({"day_match": mode} if mode else {}))
    try:
        found = list(fires(schedule, stretch.after, stretch.until))
    except UnreadableCron:
        figures.refused += 1
        if wall is not None:
            figures.defects.append(f"{expression!r} is refused")
        return
    if wall is None:
        figures.defects.append(f"{expression!r} is read")
        return
    figures.read += 1
    figures.modes[mode or "none"] += 1
    figures.fires += len(found)
    if found != stretch.fires(wall):
        figures.defects.append(f"{expression!r} {mode} in {zone} from {stretch.after}")
    _compare_days(expression, mode, wall, random, figures)


def _compare_days(expression: str, mode: str | None, wall: Wall, random: Random, figures: Figures) -> None:
    """The next days of fires, in UTC, and the first fire of each: what no window of three days would show."""
    begin = date(2026, 12, 1) + timedelta(days=random.randrange(366))
    schedule = make_schedule(expression=expression, **({"day_match": mode} if mode else {}))
    first = timedelta(hours=min(wall.hours), minutes=min(wall.minutes))
    expected = [_midnight(day) + first for day in _days(wall, begin)]
    end = _midnight(begin) + timedelta(days=_LOOKED_AHEAD)
    found = list(_first_of_days(schedule, _midnight(begin), end, len(expected)))
    figures.days += len(expected)
    if found != expected:
        figures.defects.append(f"{expression!r} {mode} from {begin}: {found} and not {expected}")


def _days(wall: Wall, begin: date) -> list[date]:
    days = (begin + timedelta(days=n) for n in range(_LOOKED_AHEAD))
    matching = (day for day in days if wall.on_day(day))
    return [day for _, day in zip(range(DAYS_SHOWN), matching, strict=False)]


def _first_of_days(schedule: Schedule, begin: datetime, end: datetime, most: int) -> Iterator[datetime]:
    """The first fire of each day that has any; one more than ``most`` shows where a day is too many."""
    moment = begin - timedelta(seconds=1)
    for _ in range(most + (most < DAYS_SHOWN)):
        fire = next_fire(schedule, moment)
        if fire is None or fire >= end:
            return
        yield fire
        moment = _midnight(fire.date() + timedelta(days=1)) - timedelta(seconds=1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def test_four_hundred_cron_strings_mean_to_the_core_what_they_mean_to_the_oracle() -> None:
    figures = compare(400, seed=1)

    assert figures.defects == []
    assert figures.refused > 20
    assert min(figures.modes.values()) > 50


@pytest.mark.proof
@pytest.mark.timeout(1800)
def test_ten_thousand_cron_strings_mean_to_the_core_what_they_mean_to_the_oracle() -> None:
    figures = compare(10_000, seed=20)

    print(f"\n{figures}")
    assert figures.defects == []
