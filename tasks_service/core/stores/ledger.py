"""Every expected fire and what became of it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tasks_service.core.backfill import Reclaim
from tasks_service.core.manifest import JobManifest
from tasks_service.core.past import PastRun
from tasks_service.core.previous_success import PreviousSuccess
from tasks_service.core.run import Occurrence, Outcome, Run, RunResult, RunState
from tasks_service.core.run_durations import Durations
from tasks_service.core.settlement import LedgerFacts, Settlement
from tasks_service.core.state import InventoryJob
from tasks_service.core.stores.page import Page
from tasks_service.core.tally import Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Which runs to list; an empty filter lists all."""

    job_uid: str | None = None
    states: frozenset[RunState] = frozenset()
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCount:
    """How many runs of a job, under one type, ended in a state, and what they cost."""

    job_uid: str
    job_id: str
    job_type: str
    state: RunState
    runs: int
    seconds: float
    """Sum of the durations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the runs of a job took that ended since a moment."""

    since: datetime
    runs: int
    failed: int
    """Those that did not succeed."""
    seconds: float
    """Wall time of all of them."""
    cpu_seconds: float
    output_bytes: int
    peak_memory_bytes: int | None
    """Of the run that took the most."""
    mean_start_seconds: float | None
    longest_start_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """The runs that have not ended."""

    queued: int
    running: int
    waiting_since: datetime | None
    """Since when the longest waiting of the queued runs could have started; None where none could. Backfills are left
    out: they wait for all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSuccess:
    """When a live job last succeeded; None where it never did."""

    job_id: str
    job_type: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A run that was just won, and the manifest of its job at that moment, which counts until its end."""

    run: Run
    manifest: JobManifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """The rows of a job around a moment, with their runs; runs that a person asked for stand apart."""

    before: Occurrence | None = None
    """The last row that ends before the moment."""
    row: Occurrence | None = None
    """The row that begins at the moment, or whose range it lies in."""
    after: Occurrence | None = None
    """The first row that begins later."""
    by_hand: tuple[Occurrence, ...] = ()
    """What a person asked for at that very second, or within the minute that follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurningPoint:
    """Where a job began to fail: its newest success, and the first failure after it."""

    success: Run
    failure: Run


class Ledger(Protocol):
    """Occurrences and runs. An occurrence is unique on ``(job_uid, slot)``, a run on ``(occurrence, attempt)``."""

    def settle(self, job_uids: Sequence[str], decide: Callable[[LedgerFacts], Settlement], at: datetime) -> list[Run]:
        """Claim: for each job read the facts, decide, and write rows and cursor, all in one transaction.

        ``at`` is when the rows are recorded and the runs queued. An entry that starts and ``cancels`` ends the job's
        other runs, backfills apart: what is queued is cancelled, what is running is asked to end.
        Returns the runs that were queued. Entries whose outcome is ``skipped_*`` or ``missed_*`` extend the job's
        newest row where that has the same outcome, reason and digest, no run, and ends at the cursor. A ``superseded``
        row for a slot that is claimed again gives way. Jobs that are gone are passed over.
        """
        ...

    def enqueue_manual(
        self, job: InventoryJob, run_id: str, parameters: Mapping[str, Any], actor: str, reason: str, at: datetime
    ) -> Run:
        """Queue a run that a person asked for; its slot is ``manual:<run_id>``. Repeating a run_id returns that run."""
        ...

    def enqueue_dry_run(
        self, job: InventoryJob, run_id: str, parameters: Mapping[str, Any], actor: str, reason: str, at: datetime
    ) -> Run:
        """Queue a dry run, which the database keeps whatever the job's store; else as ``enqueue_manual``.

        Whatever judges a job leaves dry runs out: ``latest_runs``, ``newest_occurrences``, ``turning_points``,
        ``durations``, ``last_successes``, and all that counts. Neither do they hold other runs back, nor are they held
        back by others.
        """
        ...

    def reclaim(self, job: InventoryJob, slots: Sequence[datetime], how: Reclaim, at: datetime) -> list[Run]:
        """Queue runs for slots whose time is over, as ``how`` says; their range rows shrink or split."""
        ...

    def ready(self, now: datetime, limit: int, sent_before: datetime | None = None) -> list[Run]:
        """Queued runs whose ``not_before`` has come, by due time.

        Of a job whose policy is not ``overlap: allow`` only the oldest, and none while another of its runs is running
        or an earlier occurrence is to be tried again; manual runs are held back by neither rule. Backfills come last:
        the oldest of each job that has no other run to start or running, and none while a backfill is under way.
        With ``sent_before``, those that were sent to a worker at that moment or later are left out.
        """
        ...

    def sent(self, run_ids: Sequence[str], at: datetime) -> None:
        """Note that queued runs were sent to workers; whoever starts one wins it."""
        ...

    def next_ready(self, after: datetime) -> datetime | None:
        """The earliest ``not_before`` of a queued run that lies after that moment."""
        ...

    def start(self, run_id: str, owner: str, node: str, at: datetime) -> Started | None:
        """Compare-and-set ``queued`` → ``running``; None where somebody else was faster or it was cancelled."""
        ...

    def finish(
        self, result: RunResult, owner: str, at: datetime, retry_at: datetime | None = None, reason: str = ""
    ) -> Run | None:
        """Compare-and-set ``running`` of that owner → a final state; None where the row is no longer ours.

        With ``retry_at`` the next attempt is queued for then, in the same transaction, and the occurrence stays open,
        unless somebody asked for the end of the run; else the occurrence gets its outcome and ``reason``.
        """
        ...

    def orphans(self, owners: Collection[str]) -> list[Run]:
        """Runs that are ``running`` and belong to none of these."""
        ...

    def cancel_queued(self, run_id: str, actor: str, reason: str, at: datetime) -> bool:
        """Compare-and-set ``queued`` → ``cancelled``; closes the occurrence."""
        ...

    def request_cancel(self, run_id: str, actor: str, reason: str) -> bool:
        """Ask the owner of a running run to end it; False where it is not running."""
        ...

    def running_of(self, owner: str) -> list[Run]:
        """The owner's running runs; ``cancel_requested_by`` says which of them somebody asked to cancel."""
        ...

    def run(self, run_id: str) -> Run | None:
        """One run."""
        ...

    def runs(self, which: RunFilter, *, limit: int = 50, cursor: str | None = None) -> Page[Run]:
        """Runs, newest first."""
        ...

    def latest_runs(self, job_uids: Iterable[str], per_job: int) -> dict[str, list[Run]]:
        """The newest runs of each job, newest first; dry runs and queued backfills, which may be many, are left out."""
        ...

    def newest_occurrences(self, job_uids: Iterable[str]) -> dict[str, Occurrence]:
        """The row of each job with the newest due time, without its runs."""
        ...

    def occurrences(self, job_uid: str, *, limit: int = 50, cursor: str | None = None) -> Page[Occurrence]:
        """The rows of a job, newest due time first, with their runs."""
        ...

    def neighbourhood(self, job_uid: str, moment: datetime) -> Neighbourhood:
        """The rows of a job around a moment."""
        ...

    def under_way_at(self, job_uid: str, moment: datetime) -> list[Run]:
        """The runs of a job that were queued or running at that moment, in the order in which they were queued; of
        occurrences that were due shortly before."""
        ...

    def turning_points(self, job_uids: Collection[str], until: datetime | None = None) -> dict[str, TurningPoint]:
        """Where those of these jobs began to fail that failed since their newest success, in the order in which runs
        ended; ``until`` leaves out what ended later."""
        ...

    def rows_between(self, job_uid: str, since: datetime, until: datetime) -> list[Occurrence]:
        """The rows of a job that reach into ``(since, until]``, by due time, without their runs; manual runs are left
        out."""
        ...

    def counts(self, since: datetime, until: datetime) -> list[OutcomeCount]:
        """Finished runs that ended in ``(since, until]``, by job, type and state."""
        ...

    def finished_between(self, since: datetime, until: datetime, limit: int) -> list[Run]:
        """Runs that ended in ``(since, until]``, oldest first."""
        ...

    def endings(self, since: datetime, until: datetime, limit: int) -> list[Ending]:
        """Runs that ended in ``(since, until]``, newest first, as far as they are counted."""
        ...

    def outcomes(self, since: datetime, until: datetime) -> dict[Outcome, int]:
        """How many expected fires got each outcome in ``(since, until]``."""
        ...

    def past_runs(self, since: datetime, until: datetime, limit: int) -> list[PastRun]:
        """Runs of live jobs that ended in ``(since, until]``, newest first, as far as a timeline draws them."""
        ...

    def unrun(self, since: datetime, until: datetime, limit: int) -> list[Occurrence]:
        """Rows of live jobs that nothing came of and of which a slot lies in ``(since, until]``, newest first."""
        ...

    def durations(self, job_uids: Iterable[str], since: datetime | None = None) -> dict[str, Durations]:
        """How long the newest successes of each job took, ``run_durations.SAMPLE`` at most, as far as they ended after
        ``since``; a job without any is absent."""
        ...

    def usage(self, job_uid: str, since: datetime) -> Usage:
        """What the runs of a job took that ended after ``since``."""
        ...

    def backlog(self, now: datetime) -> Backlog:
        """The runs that have not ended."""
        ...

    def last_successes(self) -> list[LastSuccess]:
        """All live jobs by id, with their last success."""
        ...

    def previous_success(self, job_uid: str, before: datetime) -> PreviousSuccess | None:
        """Of the runs of a job that succeeded and were due before that moment, the one that was due last."""
        ...

    def forget(self, before: datetime, keep_per_job: int, limit: int) -> int:
        """Drop finished rows older than ``before``, but never the newest ``keep_per_job`` of a job, and no failure
        before the successes of its job; returns how many went."""
        ...
