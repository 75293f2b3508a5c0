"""What a run is told beside its parameters."""

import logging
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from tasks_service.core.previous_success import PreviousSuccess
from tasks_service.core.run import BotApi
from tasks_service.jobs.run_ending import RunEnding

ARTIFACTS = "artifacts"
"""The directory in a run's own of which the files are kept."""


class TellProgress(Protocol):
    """How a job tells how far it is."""

    def __call__(self, done: float, total: float | None = None, text: str = "") -> None:
        """Show it beside the run, instead of what was told before; as often as the job likes.

        ``done`` and ``total`` are numbers from 0 on, in the job's own unit; without ``total`` nobody knows how much
        there is to do. Text beyond 200 characters is cut. Raises ``TypeError`` or ``ValueError`` for anything else.
        """
        ...


def tell_nobody(done: float, total: float | None = None, text: str = "") -> None:
    """Implements ``TellProgress`` where nobody looks."""


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
    """A directory of its own, empty at first; it is deleted afterwards."""
    secrets: Mapping[str, str] = field(repr=False)
    """The values of the names in ``SECRETS``, as far as they are set."""
    settings: Mapping[str, str]
    """The values of the names in ``SETTINGS``, as far as they are set."""
    bot_api: BotApi
    relay: socket.socket | None
    """Leads to the embedded bot API where ``bot_api`` has no url."""
    logger: logging.Logger
    progress: TellProgress = tell_nobody
    """``context.progress(3, 10, "sending")`` is shown live."""
    previous_success: PreviousSuccess | None = None
    """For a job type with ``PREVIOUS_SUCCESS``; None where the job never succeeded before."""
    ending: RunEnding = field(default_factory=RunEnding)
    """Set when the run is to end. A job type with ``HANDLES_ENDING`` then has the grace to finish its step."""
    dry_run: bool = False
    """Whether the run only tells what it would do; true only for a type with ``DRY_RUN``."""

    @property
    def artifacts(self) -> Path:
        """A directory: the files that lie in it when the run has ended are kept with the run."""
        directory = self.workdir / ARTIFACTS
        directory.mkdir(exist_ok=True)
        return directory

    def remaining_seconds(self) -> float:
        """The time left until the deadline; 0 where it has passed."""
        return max(0.0, (self.deadline - datetime.now(UTC)).total_seconds())
