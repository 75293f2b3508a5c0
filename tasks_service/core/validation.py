"""Validation: from a plain document to a manifest, or to findings with the place of each.

Pure, and the same for files, for the API and for CI: whoever has a document asks here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tasks_service.core.diagnostics import Severity
from tasks_service.core.jobtype import JobTypes
from tasks_service.core.manifest import JobManifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong. ``loc`` holds keys and indices from the top of the document, as far as they exist in it."""

    rule: str
    message: str
    hint: str = ""
    severity: Severity = "error"
    loc: tuple[str | int, ...] = ()
    on_key: bool = False
    """The key itself is meant, not its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A manifest if there was no error, and all findings."""

    manifest: JobManifest | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """What validation needs to know of this installation."""

    types: JobTypes
    timezone: str = "UTC"
    """Filled in where a schedule names none."""

    def check(self, document: Mapping[str, Any], now: datetime, *, by_api: bool = False) -> Checked:
        """Validate a document. ``by_api`` makes a numeric weekday a warning, as product rules say."""
        raise NotImplementedError
