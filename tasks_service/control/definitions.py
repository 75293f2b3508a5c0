"""Definitions: create, replace and delete the jobs that the API owns, and refuse where a file owns the job."""

from collections.abc import Mapping
from typing import Any

from tasks_service.control.views import JobView, Verdict


class Definitions:
    """Writes of API-owned jobs. Every write is audited, refused ones too."""

    def create(self, document: Mapping[str, Any], actor: str, *, trusted: bool) -> JobView:
        """Store a new job; a missing job_id is generated. ``InvalidInput``, ``Conflict``, ``Forbidden``.

        ``trusted`` is False where the service listens publicly without keys: then ``command`` and ``http_request`` are
        forbidden.
        """
        raise NotImplementedError

    def replace(
        self, job_id: str, document: Mapping[str, Any], actor: str, *, trusted: bool, expected: int | None = None
    ) -> JobView:
        """Replace a job; absent top-level keys keep their value. ``OwnedByFile`` for a file's job."""
        raise NotImplementedError

    def delete(self, job_id: str, actor: str) -> JobView:
        """Delete a job; returns it as it was. ``OwnedByFile`` for a file's job."""
        raise NotImplementedError

    def check(self, document: Mapping[str, Any]) -> Verdict:
        """What validation says of a draft, without storing anything."""
        raise NotImplementedError

    def check_text(self, text: str) -> Verdict:
        """The same for YAML."""
        raise NotImplementedError

    def yaml(self, job_id: str) -> str:
        """The manifest of a job as YAML, ready to be committed."""
        raise NotImplementedError
