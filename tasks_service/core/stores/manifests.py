"""The definitions that the API owns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tasks_service.core.state import Sourced


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiManifest:
    """A job definition that was created by REST. ``version`` counts its edits and is its ETag."""

    document: Mapping[str, Any]
    sourced: Sourced
    version: int
    created_at: datetime
    updated_at: datetime
    actor: str


class ManifestStore(Protocol):
    """The definitions that were created by REST; the reconciler reads them like files."""

    def all(self) -> list[ApiManifest]:
        """Those that are neither deleted nor archived."""
        ...

    def find(self, job_id: str) -> ApiManifest | None:
        """One by its id, ignoring case."""
        ...

    def put(
        self, sourced: Sourced, document: Mapping[str, Any], actor: str, at: datetime, expected: int | None
    ) -> ApiManifest:
        """Create (``expected`` 0), replace (``expected`` the version held), or either (None); else ``Conflict``."""
        ...

    def delete(self, job_id: str, actor: str, at: datetime) -> bool:
        """Delete by name; False where there is none. The reconciler then deletes the job unheld."""
        ...

    def archive(self, job_id: str, at: datetime, reason: str) -> None:
        """Put a copy aside because a file took the job over."""
        ...

    def deleted_keys(self) -> frozenset[str]:
        """Keys (lower case) that were deleted by name, until a definition of that name is put again."""
        ...
