"""A preview: a schedule in words, and its next fires as the clocks of its own zone and of a viewer's show them."""

from dataclasses import dataclass
from datetime import datetime

from tasks_service.core.clocknotes import clock_note
from tasks_service.core.coming import SkippedFires, coming
from tasks_service.core.job_calendars import JobCalendars
from tasks_service.core.schedule import Schedule
from tasks_service.core.wording import describe


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire:
    """One fire to come."""

    at: datetime
    """In UTC."""
    local: datetime
    """The same moment in the schedule's zone."""
    note: str
    """What a change of the clocks does to it; empty where it does nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A schedule in words and in fire times."""

    words: str
    timezone: str
    fires: tuple[Fire, ...]
    """Those that run, ascending."""
    skipped: tuple[SkippedFires, ...]
    """Those that a calendar leaves out among them."""

    @property
    def coming(self) -> list[tuple[datetime, str, SkippedFires | None]]:
        """Both in the order of time: when, what the clocks do to it, what a calendar leaves out there."""
        runs = [(fire.at, fire.note, None) for fire in self.fires]
        return sorted([*runs, *((one.first, "", one) for one in self.skipped)], key=lambda line: line[0])


def preview(schedule: Schedule, calendars: JobCalendars, after: datetime, count: int) -> Preview:
    """The first ``count`` fires strictly after a moment."""
    found = coming(schedule, calendars, after, count)
    return Preview(
        words=describe(schedule),
        timezone=schedule.zone.key,
        fires=tuple(_told(schedule, at) for at in found.runs),
        skipped=found.skipped,
    )


def _told(schedule: Schedule, at: datetime) -> Fire:
    return Fire(at=at, local=at.astimezone(schedule.zone), note=clock_note(schedule, at))
