"""What a simulation is made of, and all that happened in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tasks_service.core.job_calendars import ALWAYS_OPEN, JobCalendars
from tasks_service.core.manifest import JobManifest
from tasks_service.core.override import Override
from tasks_service.core.run import Outcome
from tasks_service.core.simulation.estimate import Estimate

INSTANT = timedelta(microseconds=1)
"""A window is ``[start, end)``; cursors and schedules are asked for what lies after one moment, up to another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """A run that has begun before the simulation does."""

    due_at: datetime
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedJob:
    """A job as it goes into a simulation."""

    job_uid: str
    manifest: JobManifest
    estimate: Estimate
    overrides: Sequence[Override] = ()
    calendars: JobCalendars = ALWAYS_OPEN
    running: Sequence[UnderWay] = ()

    @property
    def job_id(self) -> str:
        """The name of the job."""
        return self.manifest.job_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedRun:
    """A run of the simulation. All times are UTC."""

    job_id: str
    due_at: datetime
    ready_at: datetime
    """Since when only the lack of a slot kept it waiting."""
    started_at: datetime
    ended_at: datetime

    @property
    def waited_seconds(self) -> float:
        """How long it waited for a slot."""
        return (self.started_at - self.ready_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Consecutive slots of a job that nothing comes of, for one reason."""

    job_id: str
    due_at: datetime
    until: datetime
    count: int
    outcome: Outcome
    reason: str
    blocked_by: datetime | None = None
    """The due time of the job's run that is under way then, where there is one."""

    @property
    def why(self) -> tuple[Outcome, str, datetime | None]:
        """What neighbours have in common that are one range."""
        return self.outcome, self.reason, self.blocked_by

    def joined(self, later: "Skipped") -> "Skipped":
        """This range and a later one of the same outcome, told as one."""
        return replace(self, until=later.until, count=self.count + later.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A job that fires too often to be played to the end: from ``until`` on it takes no slot in the simulation."""

    job_id: str
    until: datetime
    fires_left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """All that happened in ``[start, end)``, and how the runs of that time ended."""

    start: datetime
    end: datetime
    runs: tuple[SimulatedRun, ...]
    """By start; those that had begun before come first."""
    skipped: tuple[Skipped, ...]
    cuts: tuple[Cut, ...]
    carried: int
    """How many of the runs had begun before."""
