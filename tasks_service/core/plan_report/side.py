"""One side of a change: a job as it is before, or as it is after."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from tasks_service.core.coming import count_runs, runs_within
from tasks_service.core.job_calendars import ALWAYS_OPEN, JobCalendars
from tasks_service.core.manifest import JobManifest
from tasks_service.core.schedule import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A job with all that decides when it runs."""

    manifest: JobManifest
    halted: bool = False
    """Paused or suspended: none of its fires runs."""
    calendars: JobCalendars = ALWAYS_OPEN

    def count(self, after: datetime, until: datetime) -> int:
        """How often it runs in ``(after, until]``."""
        if self.halted:
            return 0
        if self.calendars.always_open:
            return _fires(self.manifest.schedule, after, until)
        return count_runs(self.manifest.schedule, self.calendars, after, until)

    def runs(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """When it runs in ``(after, until]``, ascending, in UTC."""
        return iter(()) if self.halted else runs_within(self.manifest.schedule, self.calendars, after, until)

    def runs_like(self, other: "Side") -> bool:
        """Whether both run at the same times without having to look at them."""
        return (self.halted, self.calendars, self.manifest.schedule_digest) == (
            other.halted,
            other.calendars,
            other.manifest.schedule_digest,
        )


@lru_cache(maxsize=20_000)
def _fires(schedule: Schedule, after: datetime, until: datetime) -> int:
    """Remembered: a report asks for the same days of the same schedules again and again."""
    return count_runs(schedule, ALWAYS_OPEN, after, until)


def count(side: Side | None, after: datetime, until: datetime) -> int:
    """How often a job runs in ``(after, until]``; a job that is not there never does."""
    return side.count(after, until) if side else 0
