"""What people decided about jobs."""

from datetime import datetime
from typing import Protocol

from tasks_service.core.override import Override, OverrideKind


class OverrideStore(Protocol):
    """Pauses and forced resumes."""

    def add(
        self, job_uid: str, kind: OverrideKind, actor: str, reason: str, at: datetime, until: datetime | None
    ) -> tuple[Override, bool]:
        """Put an override in force; where one of that kind is in force already, it is returned with False."""
        ...

    def end(self, job_uid: str, kind: OverrideKind, actor: str, at: datetime) -> Override | None:
        """End the override in force; None where there is none."""
        ...

    def expire(self, now: datetime) -> list[Override]:
        """Mark those whose ``until`` has passed as ended by ``expiry``; returns the newly ended."""
        ...

    def next_expiry(self, after: datetime) -> datetime | None:
        """The earliest ``until`` in force."""
        ...

    def all(self, *, ended_since: datetime | None = None) -> dict[str, list[Override]]:
        """By ``job_uid``: those in force, and those ended since then if a moment is given."""
        ...
