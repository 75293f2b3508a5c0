"""Overrides as JSON."""

from typing import Self

from tasks_service.api.shapes.base import Moment, Shape
from tasks_service.core.override import Override, OverrideKind


class OverrideShape(Shape):
    """A human's pause or forced resume."""

    kind: OverrideKind
    actor: str
    reason: str
    created_at: Moment
    until: Moment | None
    ended_at: Moment | None
    ended_by: str

    @classmethod
    def of(cls, override: Override) -> Self:
        """An override of the store."""
        return cls(
            kind=override.kind,
            actor=override.actor,
            reason=override.reason,
            created_at=override.created_at,
            until=override.until,
            ended_at=override.ended_at,
            ended_by=override.ended_by,
        )
