"""Artifacts as JSON."""

from typing import Self

from tasks_service.api.shapes.base import Moment, Shape
from tasks_service.core.artifact import KeptArtifact


class ArtifactShape(Shape):
    """A file that a run left."""

    name: str
    size: int
    """In bytes."""
    sha256: str
    at: Moment
    """When its run ended."""

    @classmethod
    def of(cls, artifact: KeptArtifact) -> Self:
        """An artifact of the store."""
        return cls(name=artifact.name, size=artifact.size, sha256=artifact.sha256, at=artifact.at)
