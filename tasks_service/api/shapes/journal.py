"""Events and audit entries as JSON."""

from typing import Self

from tasks_service.api.shapes.base import Json, Moment, Shape
from tasks_service.core.stores import AuditEntry, Happening


class HappeningShape(Shape):
    """An event; ``seq`` is the id to resume after."""

    seq: int
    at: Moment
    kind: str
    job_id: str
    run_id: str
    data: Json

    @classmethod
    def of(cls, happening: Happening) -> Self:
        """An event of the journal."""
        return cls(
            seq=happening.seq,
            at=happening.at,
            kind=happening.kind,
            job_id=happening.job_id,
            run_id=happening.run_id,
            data=dict(happening.data),
        )


class AuditShape(Shape):
    """Who did what to what, why, and how it ended."""

    id: int
    at: Moment
    actor: str
    action: str
    object: str
    reason: str
    outcome: str

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        """An entry of the journal's audit."""
        return cls(
            id=entry.entry_id,
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            object=entry.object,
            reason=entry.reason,
            outcome=entry.outcome,
        )
