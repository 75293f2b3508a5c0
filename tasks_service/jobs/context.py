"""What a run is told beside its parameters."""

import logging
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tasks_service.core.run import BotApi


@dataclass(frozen=True, slots=True, kw_only=True)
class JobContext:
    """One run, seen from inside its process."""

    run_id: str
    job_id: str
    job_type: str
    due_at: datetime
    """The time this run was due, in UTC; never moved by jitter or delay."""
    attempt: int
    """1 for the first try."""
    deadline: datetime
    """When the run is ended, in UTC."""
    workdir: Path
    """An empty directory of its own; it is deleted afterwards."""
    secrets: Mapping[str, str] = field(repr=False)
    """The values of the names in ``SECRETS``, as far as they are set."""
    settings: Mapping[str, str]
    """The values of the names in ``SETTINGS``, as far as they are set."""
    bot_api: BotApi
    relay: socket.socket | None
    """Leads to the embedded bot API where ``bot_api`` has no url."""
    logger: logging.Logger
    dry_run: bool = False
    """Whether the run only tells what it would do; true only for a type with ``DRY_RUN``."""

    def remaining_seconds(self) -> float:
        """The time left until the deadline; 0 where it has passed."""
        return max(0.0, (self.deadline - datetime.now(UTC)).total_seconds())
