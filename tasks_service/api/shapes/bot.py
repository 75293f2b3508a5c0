"""What the embedded bot API answers, as JSON."""

from typing import Self

from tasks_service.api.shapes.base import Json, Moment, Shape
from tasks_service.core.stores import StoredMetrics


class ImportedShape(Shape):
    """How many users of a batch were stored."""

    processed_count: int


class FiguresShape(Shape):
    """Measured figures: ``timestamp name value unit labels`` each."""

    data: list[Json]


class StoredShape(Shape):
    """The collection that was stored."""

    status: str
    id: int


class StoredMetricsShape(Shape):
    """A collection that a metrics job stored."""

    id: int
    job_id: str
    job_type: str
    collected_at: Moment
    stored_at: Moment
    metrics: Json

    @classmethod
    def of(cls, stored: StoredMetrics) -> Self:
        """A collection of the bot store."""
        return cls(
            id=stored.collection_id,
            job_id=stored.job_id,
            job_type=stored.job_type,
            collected_at=stored.collected_at,
            stored_at=stored.stored_at,
            metrics=dict(stored.metrics),
        )
