"""The jobs as they were last applied."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from tasks_service.core.plan import Action
from tasks_service.core.state import InventoryJob


class InventoryStore(Protocol):
    """The jobs as they were last applied."""

    def jobs(self, *, tombstones_since: datetime | None = None) -> list[InventoryJob]:
        """The live jobs, and those deleted since then if a moment is given."""
        ...

    def find(self, job_id: str) -> InventoryJob | None:
        """A live job by its id, ignoring case."""
        ...

    def of(self, job_uids: Collection[str]) -> dict[str, InventoryJob]:
        """Those of these jobs that are alive, by uid."""
        ...

    def refresh_digests(self) -> int:
        """Bring the recorded digests of the live jobs up to date; returns how many were not.

        A version of the service that knows more keys than the one that applied a job hashes its manifest otherwise.
        """
        ...

    def apply(self, actions: Sequence[Action], at: datetime, next_due: Mapping[str, datetime | None]) -> None:
        """Record actions that take effect at ``at``.

        Create: the cursor is ``at``; a tombstone of that uid is revived and keeps its history. Update: with a changed
        schedule the cursor becomes ``at`` (the caller has settled the old slots), and a published next fire that the
        new schedule does not share gets an occurrence ``superseded`` (``next_due`` holds the new one). Pause, Resume:
        ``halted``. Delete: a tombstone, and its queued runs end ``cancelled``. ``next_due`` by ``job_uid``.
        """
        ...
