"""A preview: the next fires of a schedule, as the clocks of its own zone and of a viewer's show them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from tasks_service.core.clocknotes import clock_note
from tasks_service.core.firing import next_fire
from tasks_service.core.schedule import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire:
    """One fire to come."""

    at: datetime
    """In UTC."""
    local: datetime
    """The same moment in the schedule's zone."""
    note: str
    """What a change of the clocks does to it; empty where it does nothing."""


def next_fires(schedule: Schedule, after: datetime, count: int) -> list[Fire]:
    """The first ``count`` fires strictly after a moment."""
    return [
        Fire(at=at, local=at.astimezone(schedule.zone), note=clock_note(schedule, at))
        for at in islice(_upcoming(schedule, after), count)
    ]


def _upcoming(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    while (fire := next_fire(schedule, after)) is not None:
        yield fire
        after = fire
