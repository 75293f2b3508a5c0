"""The run desk: run now, cancel, and the history of runs."""

from collections.abc import Mapping
from typing import Any

from tasks_service.core.run import Occurrence, OutputLine, Run
from tasks_service.core.stores import Page, RunFilter


class RunDesk:
    """Reads of runs, and the two requests a person may make of them."""

    def run_now(
        self,
        job_id: str,
        actor: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        reason: str = "",
        trusted: bool = True,
        key: str = "",
    ) -> Run:
        """Queue a run at once, some parameters replaced, validated like any. A repeated ``key`` gives the same run."""
        raise NotImplementedError

    def cancel(self, run_id: str, actor: str, reason: str = "") -> Run:
        """Cancel a queued run, or ask for the end of a running one; ``Conflict`` where it has ended."""
        raise NotImplementedError

    def run(self, run_id: str) -> Run:
        """One run, or ``NotFound``."""
        raise NotImplementedError

    def runs(self, which: RunFilter, *, limit: int = 50, cursor: str | None = None) -> Page[Run]:
        """Runs, newest first."""
        raise NotImplementedError

    def runs_of(self, job_id: str, *, limit: int = 50, cursor: str | None = None) -> Page[Run]:
        """The runs of one job, newest first; ``NotFound`` where no job has that id."""
        raise NotImplementedError

    def occurrences_of(self, job_id: str, *, limit: int = 50, cursor: str | None = None) -> Page[Occurrence]:
        """The ledger of one job, newest first."""
        raise NotImplementedError

    def output(self, run_id: str, *, after: int = 0, tail: int | None = None) -> list[OutputLine]:
        """The captured lines after ``seq``, or only the last ``tail``."""
        raise NotImplementedError
