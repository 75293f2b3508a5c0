"""The catalog: every job as it is now, with the writes that wait for the leader laid over it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tasks_service.control.views import JobTypeView, JobView, Preview


class Catalog:
    """Reads of jobs and job types."""

    def jobs(self) -> list[JobView]:
        """All jobs, by job_id."""
        raise NotImplementedError

    def job(self, job_id: str) -> JobView:
        """One job; raises ``NotFound`` with a "did you mean"."""
        raise NotImplementedError

    def job_types(self) -> list[JobTypeView]:
        """All job types, by name."""
        raise NotImplementedError

    def preview(self, schedule: Mapping[str, Any], count: int, after: datetime | None = None) -> Preview:
        """A schedule's words and next fires; raises ``InvalidInput`` with the findings."""
        raise NotImplementedError

    def upcoming(self, hours: float, limit: int) -> list[tuple[datetime, JobView]]:
        """The fires of the next hours over all active jobs, ascending."""
        raise NotImplementedError
