"""What has become of the last hours, as far as a timeline draws it: no parameters, no results, no output."""

from dataclasses import dataclass
from datetime import datetime

from tasks_service.core.run import RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A run that has ended."""

    run_id: str
    job_id: str
    state: RunState
    due_at: datetime
    started_at: datetime | None
    """None where it was cancelled before it began."""
    finished_at: datetime
