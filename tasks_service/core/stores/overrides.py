"""What people decided about jobs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tasks_service.core.override import Override, OverrideKind, OverrideSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How many overrides of a kind are in force, and when the oldest of them began."""

    kind: OverrideKind
    count: int
    oldest: datetime


class OverrideStore(Protocol):
    """What people decided, in force and ended."""

    def add(
        self,
        job_uid: str,
        kind: OverrideKind,
        actor: str,
        reason: str,
        at: datetime,
        until: datetime | None,
        *,
        labels: Mapping[str, str] | None = None,
        revision: str = "",
        as_of: datetime | None = None,
    ) -> tuple[Override, bool]:
        """Put an override in force; where one of that kind and reach is in force already, it is returned with False.

        ``job_uid`` is empty for one that concerns all jobs, or those with ``labels``. ``NotFound`` where there is no
        such job.
        """
        ...

    def release(self, override_id: int, actor: str, at: datetime) -> Override | None:
        """End an override of any reach; None where it is not in force."""
        ...

    def end(self, job_uid: str, kind: OverrideKind, actor: str, at: datetime) -> Override | None:
        """End what is in force of that kind for one job alone; None where there is nothing."""
        ...

    def expire(self, now: datetime) -> list[Override]:
        """Mark those whose ``until`` has passed as ended by ``expiry``; returns the newly ended."""
        ...

    def next_expiry(self, after: datetime) -> datetime | None:
        """The earliest ``until`` in force."""
        ...

    def all(self, *, ended_since: datetime | None = None) -> OverrideSet:
        """Those in force, and those ended since then if a moment is given; the oldest first."""
        ...

    def find(self, override_id: int) -> Override | None:
        """One of them, in force or ended."""
        ...

    def held_at(self, job_uid: str, moment: datetime) -> OverrideSet:
        """What may have concerned a job at that moment: its own that were in force then, and all that reach further."""
        ...

    def standing(self, now: datetime) -> list[Standing]:
        """The overrides in force, those of deleted jobs apart, added up by kind; a kind without any is left out."""
        ...
