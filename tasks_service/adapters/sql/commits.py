"""Commits as JSON in a column of their own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tasks_service.core.commit import Commit


def commit_row(commit: Commit) -> dict[str, str]:
    """As it is stored."""
    return {"sha": commit.sha, "author": commit.author, "message": commit.message, "at": commit.at.isoformat()}


def commit_of(row: Mapping[str, Any]) -> Commit:
    """As it was."""
    return Commit(**{**row, "at": datetime.fromisoformat(row["at"])})
