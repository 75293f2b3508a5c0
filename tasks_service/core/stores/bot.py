"""What the embedded bot API keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tasks_service.core.stores.page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMetrics:
    """A collection that a metrics job stored."""

    collection_id: int
    job_id: str
    job_type: str
    collected_at: datetime
    stored_at: datetime
    metrics: Mapping[str, Any]


class BotStore(Protocol):
    """What the embedded bot API keeps: users and collections of metrics."""

    def import_users(self, users: Sequence[Mapping[str, Any]], job_id: str, key: str, at: datetime) -> int:
        """Insert or update users by ``id``; a repeated non-empty ``key`` changes nothing and answers the same count."""
        ...

    def users(self, *, limit: int = 50, cursor: str | None = None) -> Page[Mapping[str, Any]]:
        """The stored users by name."""
        ...

    def users_count(self) -> int:
        """How many users are stored."""
        ...

    def store_metrics(
        self, job_id: str, job_type: str, metrics: Mapping[str, Any], collected_at: datetime, at: datetime
    ) -> int:
        """Keep a collection; returns its id."""
        ...

    def stored_metrics(self, *, limit: int = 50, cursor: str | None = None) -> Page[StoredMetrics]:
        """Newest first."""
        ...
