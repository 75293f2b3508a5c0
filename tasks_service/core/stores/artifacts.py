"""Files that runs left."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tasks_service.core.artifact import Artifact, KeptArtifact


class ArtifactStore(Protocol):
    """Files that runs left; they go when their runs go."""

    def keep(self, run_id: str, artifacts: Sequence[Artifact], at: datetime) -> None:
        """Keep the files of a run; one that is kept already is passed over."""
        ...

    def of(self, run_id: str) -> list[KeptArtifact]:
        """Those of a run, by name."""
        ...

    def content(self, run_id: str, name: str) -> bytes | None:
        """The bytes of one; None where there is none of that name."""
        ...
