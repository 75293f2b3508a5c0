"""What happened: events for machines, the audit for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from tasks_service.core.stores.page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """A row of the event table that live pages follow."""

    seq: int = 0
    at: datetime
    kind: str
    """A stable name, such as ``run.finished``, ``job.paused`` or ``sync.applied``."""
    job_id: str = ""
    run_id: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to what, why, and how it ended."""

    at: datetime
    actor: str
    action: str
    object: str
    reason: str = ""
    outcome: str = "done"
    entry_id: int = 0


class Journal(Protocol):
    """Events for machines and the audit for people."""

    def publish(self, happenings: Sequence[Happening]) -> None:
        """Append events."""
        ...

    def after(self, seq: int, limit: int = 500) -> list[Happening]:
        """The events with a greater ``seq``, ascending."""
        ...

    def newest(self, limit: int) -> list[Happening]:
        """The newest events, newest first."""
        ...

    def last_seq(self) -> int:
        """The greatest ``seq``; 0 where there is none."""
        ...

    def audit(self, entry: AuditEntry) -> None:
        """Append to the audit."""
        ...

    def audits(self, *, of: str = "", limit: int = 50, cursor: str | None = None) -> Page[AuditEntry]:
        """Newest first; of one object if it is named."""
        ...
