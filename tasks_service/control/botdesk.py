"""The embedded bot API: users and metrics for installations that have no Slack bot beside them."""

from collections.abc import Mapping, Sequence
from typing import Any

from tasks_service.core.stores import Page, StoredMetrics


class BotDesk:
    """Answers the four endpoints of the bot API from SQL and from measured host figures. Nothing is invented."""

    def import_users(self, users: Sequence[Mapping[str, Any]], job_id: str, key: str) -> int:
        """Store a batch; returns the number processed."""
        raise NotImplementedError

    def store_metrics(self, job_id: str, job_type: str, metrics: Mapping[str, Any], collection_time: str) -> int:
        """Keep a collection; returns its id."""
        raise NotImplementedError

    def metrics(self, kind: str, hours: int) -> list[dict[str, Any]]:
        """``usage``, ``performance`` or ``errors`` of the last hours: ``timestamp name value unit labels`` each."""
        raise NotImplementedError

    def stored_metrics(self, *, limit: int = 50, cursor: str | None = None) -> Page[StoredMetrics]:
        """Stored collections, newest first."""
        raise NotImplementedError

    def users(self, *, limit: int = 50, cursor: str | None = None) -> Page[Mapping[str, Any]]:
        """Stored users, by name."""
        raise NotImplementedError
