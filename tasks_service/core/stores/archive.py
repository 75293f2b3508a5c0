"""The archive: what a second ledger needs of the database, and where all that it keeps is folded in the end."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tasks_service.core.backfill import Reclaim
from tasks_service.core.manifest import JobManifest
from tasks_service.core.override import Override
from tasks_service.core.run import Occurrence, Run
from tasks_service.core.state import InventoryJob


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimGround:
    """What the database knows of a job at the moment at which a second ledger claims."""

    job: InventoryJob
    """Its cursor is as of the last folding."""
    overrides: Sequence[Override]
    under_way: int
    """Runs of the job that the database itself keeps, queued or running: left from the time before it moved."""
    waiting: int
    """Those of them that wait, as in ``LedgerFacts``."""
    taken: frozenset[datetime]
    """Due times beyond the cursor that have a row already, superseded ones apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """An occurrence with its runs, as a second ledger keeps it and as it is folded."""

    occurrence: Occurrence
    exclusive: bool
    """Its runs wait while another run of the job is under way."""
    after: datetime | None = None
    """The job's cursor before it was claimed: a row that ends there may be continued by this one."""
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCursor:
    """How far a job is settled, and its published next fire."""

    job_uid: str
    cursor: datetime
    next_due: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance:
    """Whether a run may start, and with which manifest."""

    manifest: JobManifest
    deleted: bool
    """The job was deleted meanwhile."""
    begun: bool
    """The database knows that the run was started before: the second ledger has lost its memory."""


class Archive(Protocol):
    """The database, as the second ledger of the jobs with ``store: redis`` uses it.

    What is folded is a copy: its runs are shown, counted and forgotten like any, but only the second ledger starts and
    ends them.
    """

    def grounds(self, job_uids: Sequence[str]) -> list[ClaimGround]:
        """Those of these jobs that are alive and kept by the second ledger."""
        ...

    def kept(self) -> dict[str, datetime]:
        """The live jobs of the second ledger, by uid, with their cursors."""
        ...

    def deleted(self, job_uids: Collection[str]) -> set[str]:
        """Those of these jobs that are deleted."""
        ...

    def busy(self, job_uids: Collection[str]) -> set[str]:
        """Those of these jobs of which the database itself keeps a run that is queued or running."""
        ...

    def clearance(self, job_uid: str, run_id: str) -> Clearance:
        """What a start must know."""
        ...

    def owns(self, run_id: str) -> bool:
        """Whether the database itself keeps this run."""
        ...

    def enqueue_manual(
        self, job: InventoryJob, run_id: str, parameters: Mapping[str, Any], actor: str, reason: str, at: datetime
    ) -> tuple[LedgerRow, bool]:
        """Record a run that a person asked for; the row, and whether it is new."""
        ...

    def reclaim(self, job: InventoryJob, slots: Sequence[datetime], how: Reclaim, at: datetime) -> list[LedgerRow]:
        """Record runs as ``Ledger.reclaim`` does."""
        ...

    def withdraw(self, runs: Sequence[Run], reason: str, at: datetime) -> None:
        """Cancel recorded runs that the second ledger did not take."""
        ...

    def fold(self, rows: Sequence[LedgerRow], cursors: Sequence[JobCursor]) -> None:
        """Bring the copies up to date, all in one transaction.

        Folding is idempotent and never goes back: an older state of a row changes nothing, and rows and cursors may
        be folded by several processes at once.
        """
        ...

    def open_copies(self, job_uids: Collection[str] | None = None) -> list[str]:
        """The ids of copied runs, of all or of these jobs, that are queued or running as far as the database knows."""
        ...

    def adopt(self, run_ids: Sequence[str], at: datetime) -> None:
        """Take over copies of runs that the second ledger has forgotten.

        What was running is the database's own run from now on; what was queued may have been started since and is
        recorded as ``lost``.
        """
        ...
