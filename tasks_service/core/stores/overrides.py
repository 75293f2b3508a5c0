"""What people decided about jobs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tasks_service.core.override import Override, OverrideKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How many overrides of a kind are in force over live jobs, and when the oldest of them began."""

    kind: OverrideKind
    count: int
    oldest: datetime


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

    def held_at(self, job_uid: str, moment: datetime) -> list[Override]:
        """The overrides of a job that were in force at that moment, whether they have ended since or not."""
        ...

    def standing(self, now: datetime) -> list[Standing]:
        """The overrides in force over live jobs, added up by kind; a kind without any is left out."""
        ...
