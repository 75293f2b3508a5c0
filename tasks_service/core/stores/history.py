"""What was: applied versions, leaders and processes."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from tasks_service.core.history import AppliedRevision, JobVersion, Lead, Presence, Versions


class HistoryStore(Protocol):
    """What was. Versions are written with the inventory, leaderships with the lease, processes with the members."""

    def identity(self, job_id: str) -> str | None:
        """The uid of the job that has this id, ignoring case, else of the one that had it last."""
        ...

    def versions(self, job_uid: str, moment: datetime) -> Versions:
        """The versions of a job around a moment."""
        ...

    def applied_at(self, moment: datetime) -> dict[str, JobVersion]:
        """By ``job_uid``: the versions that were in force right after that moment."""
        ...

    def revisions(self, limit: int, job_uid: str = "") -> list[AppliedRevision]:
        """The revisions that changed a job, or that job, and what is known of them; the newest first."""
        ...

    def versions_of(self, job_uids: Collection[str], digests: Collection[str]) -> dict[str, list[JobVersion]]:
        """By job, oldest first: the versions with one of these digests."""
        ...

    def lead(self, moment: datetime) -> Lead:
        """Who led around a moment."""
        ...

    def processes(self, since: datetime, until: datetime) -> list[Presence]:
        """Those that gave signs of life at any time in between, the oldest first."""
        ...

    def forget(self, before: datetime, keep_per_job: int, limit: int) -> int:
        """Drop what ended before that moment; returns how many versions went.

        Stay do versions that a row of the ledger refers to, the newest ``keep_per_job`` of each job, and the newest
        leaderships.
        """
        ...
