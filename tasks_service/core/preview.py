"""A preview: the next fires of a schedule, as the clocks of its own zone and of a viewer's show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tasks_service.core.clocknotes import clock_note
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


def fires_of(schedule: Schedule, moments: Iterable[datetime]) -> tuple[Fire, ...]:
    """What is to be told of these fires of the schedule."""
    return tuple(Fire(at=at, local=at.astimezone(schedule.zone), note=clock_note(schedule, at)) for at in moments)
