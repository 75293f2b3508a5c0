"""Alarms: what a job should have done and did not, from the moment it was noticed to the moment it was over."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AlarmKind(StrEnum):
    """What went against expectation."""

    LATE = "late"
    """A fire is due, and its run has not started within the grace."""
    MISSED = "missed"
    """The newest fire will not run: the service was down, or it was too old when it could run."""
    OVERRUNNING = "overrunning"
    """A run lasts longer than it may."""
    NEVER_RAN = "never_ran"
    """The first fire has passed, and the job has not run since it was applied."""
    FAILING = "failing"
    """The newest runs failed, so many in a row."""
    LOST = "lost"
    """Nobody knows how the newest run ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is against expectation, or will be at a moment that is known, unless something happens."""

    kind: AlarmKind
    since: datetime
    """When it began: the due time of a fire that is late, the first of the failures."""
    holds_from: datetime | None
    """From when on it counts; None where it has happened."""
    reason: str
    """In words that stay true while it lasts: no ages."""
    run_id: str = ""
    failures: int = 0
    """How many runs in a row did not succeed, where that is what it tells."""

    def holds(self, now: datetime) -> bool:
        """Whether it counts already."""
        return self.holds_from is None or self.holds_from < now


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A finding that was recorded, open until ``until`` is set. A job has one open alarm of a kind at most."""

    alarm_id: int = 0
    job_uid: str
    job_id: str
    kind: AlarmKind
    since: datetime
    raised_at: datetime
    """When it was noticed and recorded."""
    reason: str
    run_id: str = ""
    failures: int = 0
    until: datetime | None = None
    """When it was seen to be over."""
    cleared_by: str = ""
    """What ended it, in words."""
