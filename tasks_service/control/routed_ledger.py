"""The routed ledger: one ledger to all who use it, two behind it.

Each job's claims go to the ledger that its manifest names; a run goes where it is kept. Lists come from the database
alone, once the second ledger is folded. Where that one is away, its jobs are passed over and all others go on.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from tasks_service.core.backfill import Reclaim
from tasks_service.core.errors import SecondStoreUnavailable
from tasks_service.core.past import PastRun
from tasks_service.core.previous_success import PreviousSuccess
from tasks_service.core.run import Occurrence, Outcome, Run, RunResult, Trigger
from tasks_service.core.run_durations import Durations
from tasks_service.core.settlement import LedgerFacts, Settlement
from tasks_service.core.state import InventoryJob
from tasks_service.core.stores import (
    Archive,
    Backlog,
    LastSuccess,
    Ledger,
    Neighbourhood,
    OutcomeCount,
    Page,
    RunFilter,
    SecondLedger,
    Started,
    TurningPoint,
    Usage,
)
from tasks_service.core.tally import Ending

SECOND = "redis"
"""The jobs of the second ledger say so in their manifest's ``store``."""


class RoutedLedger:
    """Implements ``Ledger``."""

    def __init__(self, first: Ledger, second: SecondLedger, archive: Archive) -> None:
        self._first = first
        self._second = second
        self._archive = archive
        self._begun: dict[str, Run] = {}
        """Runs of the second ledger that were started through this object and are not known to have ended."""

    def settle(self, job_uids: Sequence[str], decide: Callable[[LedgerFacts], Settlement], at: datetime) -> list[Run]:
        """Claim in both; each passes the other's jobs over."""
        queued = self._first.settle(job_uids, decide, at)
        with suppress(SecondStoreUnavailable):
            queued += self._second.settle(job_uids, decide, at)
        return queued

    def enqueue_manual(
        self, job: InventoryJob, run_id: str, parameters: Mapping[str, Any], actor: str, reason: str, at: datetime
    ) -> Run:
        """Queue a run that a person asked for."""
        return self._of_job(job).enqueue_manual(job, run_id, parameters, actor, reason, at)

    def enqueue_dry_run(
        self, job: InventoryJob, run_id: str, parameters: Mapping[str, Any], actor: str, reason: str, at: datetime
    ) -> Run:
        """Queue a dry run in the database: it takes no part in what the second ledger decides."""
        return self._first.enqueue_dry_run(job, run_id, parameters, actor, reason, at)

    def reclaim(self, job: InventoryJob, slots: Sequence[datetime], how: Reclaim, at: datetime) -> list[Run]:
        """Queue runs for slots whose time is over."""
        return self._of_job(job).reclaim(job, slots, how, at)

    def ready(self, now: datetime, limit: int, sent_before: datetime | None = None) -> list[Run]:
        """Queued runs whose ``not_before`` has come, by due time."""
        waiting = self._first.ready(now, limit, sent_before)
        with suppress(SecondStoreUnavailable):
            waiting += self._second.ready(now, limit, sent_before)
        return sorted(waiting, key=lambda run: (run.trigger is Trigger.BACKFILL, run.due_at))[:limit]

    def sent(self, run_ids: Sequence[str], at: datetime) -> None:
        """Note that queued runs were sent to workers; each ledger knows its own."""
        self._first.sent(run_ids, at)
        with suppress(SecondStoreUnavailable):
            self._second.sent(run_ids, at)

    def next_ready(self, after: datetime) -> datetime | None:
        """The earliest ``not_before`` of a queued run that lies after that moment."""
        upcoming = [self._first.next_ready(after)]
        with suppress(SecondStoreUnavailable):
            upcoming.append(self._second.next_ready(after))
        return min((moment for moment in upcoming if moment), default=None)

    def start(self, run_id: str, owner: str, node: str, at: datetime) -> Started | None:
        """Compare-and-set ``queued`` → ``running``."""
        started = (ledger := self._of_run(run_id)).start(run_id, owner, node, at)
        if started and ledger is self._second:
            self._begun[run_id] = started.run
        return started

    def finish(
        self, result: RunResult, owner: str, at: datetime, retry_at: datetime | None = None, reason: str = ""
    ) -> Run | None:
        """Compare-and-set ``running`` of that owner → a final state."""
        ended = self._of_run(result.run_id).finish(result, owner, at, retry_at, reason)
        self._begun.pop(result.run_id, None)
        return ended

    def orphans(self, owners: Collection[str]) -> list[Run]:
        """Runs that are ``running`` and belong to none of these."""
        found = self._first.orphans(owners)
        with suppress(SecondStoreUnavailable):
            found += self._second.orphans(owners)
        return found

    def cancel_queued(self, run_id: str, actor: str, reason: str, at: datetime) -> bool:
        """Compare-and-set ``queued`` → ``cancelled``."""
        return self._of_run(run_id).cancel_queued(run_id, actor, reason, at)

    def request_cancel(self, run_id: str, actor: str, reason: str) -> bool:
        """Ask the owner of a running run to end it."""
        return self._of_run(run_id).request_cancel(run_id, actor, reason)

    def running_of(self, owner: str) -> list[Run]:
        """The owner's running runs; where the second ledger is away, those that it is known to have."""
        found = self._first.running_of(owner)
        try:
            return found + self._second.running_of(owner)
        except SecondStoreUnavailable:
            return found + [run for run in list(self._begun.values()) if run.owner == owner]

    def run(self, run_id: str) -> Run | None:
        """One run; where the second ledger is away, as it was folded last."""
        try:
            return self._second.run(run_id) or self._first.run(run_id)
        except SecondStoreUnavailable:
            if folded := self._first.run(run_id):
                return folded
            raise

    def runs(self, which: RunFilter, *, limit: int = 50, cursor: str | None = None) -> Page[Run]:
        """Runs, newest first."""
        return self._folded().runs(which, limit=limit, cursor=cursor)

    def latest_runs(self, job_uids: Iterable[str], per_job: int) -> dict[str, list[Run]]:
        """The newest runs of each job, newest first."""
        return self._folded().latest_runs(job_uids, per_job)

    def newest_occurrences(self, job_uids: Iterable[str]) -> dict[str, Occurrence]:
        """The row of each job with the newest due time, without its runs."""
        return self._folded().newest_occurrences(job_uids)

    def occurrences(self, job_uid: str, *, limit: int = 50, cursor: str | None = None) -> Page[Occurrence]:
        """The rows of a job, newest due time first, with their runs."""
        return self._folded().occurrences(job_uid, limit=limit, cursor=cursor)

    def neighbourhood(self, job_uid: str, moment: datetime) -> Neighbourhood:
        """The rows of a job around a moment."""
        return self._folded().neighbourhood(job_uid, moment)

    def under_way_at(self, job_uid: str, moment: datetime) -> list[Run]:
        """The runs of a job that were queued or running at that moment."""
        return self._folded().under_way_at(job_uid, moment)

    def turning_points(self, job_uids: Collection[str], until: datetime | None = None) -> dict[str, TurningPoint]:
        """Where those of these jobs began to fail that failed since their newest success."""
        return self._folded().turning_points(job_uids, until)

    def rows_between(self, job_uid: str, since: datetime, until: datetime) -> list[Occurrence]:
        """The rows of a job that reach into ``(since, until]``, by due time."""
        return self._folded().rows_between(job_uid, since, until)

    def counts(self, since: datetime, until: datetime) -> list[OutcomeCount]:
        """Finished runs that ended in ``(since, until]``, by job and state."""
        return self._folded().counts(since, until)

    def finished_between(self, since: datetime, until: datetime, limit: int) -> list[Run]:
        """Runs that ended in ``(since, until]``, oldest first."""
        return self._folded().finished_between(since, until, limit)

    def endings(self, since: datetime, until: datetime, limit: int) -> list[Ending]:
        """Runs that ended in ``(since, until]``, newest first, as far as they are counted."""
        return self._folded().endings(since, until, limit)

    def outcomes(self, since: datetime, until: datetime) -> dict[Outcome, int]:
        """How many expected fires got each outcome in ``(since, until]``."""
        return self._folded().outcomes(since, until)

    def past_runs(self, since: datetime, until: datetime, limit: int) -> list[PastRun]:
        """Runs of live jobs that ended in ``(since, until]``, newest first."""
        return self._folded().past_runs(since, until, limit)

    def unrun(self, since: datetime, until: datetime, limit: int) -> list[Occurrence]:
        """Rows of live jobs that nothing came of and of which a slot lies in ``(since, until]``, newest first."""
        return self._folded().unrun(since, until, limit)

    def durations(self, job_uids: Iterable[str], since: datetime | None = None) -> dict[str, Durations]:
        """How long the newest successes of each job took."""
        return self._folded().durations(job_uids, since)

    def usage(self, job_uid: str, since: datetime) -> Usage:
        """What the runs of a job took that ended after ``since``."""
        return self._folded().usage(job_uid, since)

    def backlog(self, now: datetime) -> Backlog:
        """The runs that have not ended."""
        return self._folded().backlog(now)

    def last_successes(self) -> list[LastSuccess]:
        """All live jobs by id, with their last success."""
        return self._folded().last_successes()

    def previous_success(self, job_uid: str, before: datetime) -> PreviousSuccess | None:
        """Of the runs of a job that succeeded and were due before that moment, the one that was due last."""
        return self._folded().previous_success(job_uid, before)

    def forget(self, before: datetime, keep_per_job: int, limit: int) -> int:
        """Drop finished rows older than ``before``."""
        return self._folded().forget(before, keep_per_job, limit)

    def _of_job(self, job: InventoryJob) -> Ledger | SecondLedger:
        return self._second if job.manifest.store == SECOND else self._first

    def _of_run(self, run_id: str) -> Ledger | SecondLedger:
        """The ledger that keeps a run. Only a run that is known to be the database's is touched while Redis is away."""
        try:
            return self._second if self._second.holds(run_id) else self._first
        except SecondStoreUnavailable:
            if self._archive.owns(run_id):
                return self._first
            raise

    def _folded(self) -> Ledger:
        """The database, up to date."""
        with suppress(SecondStoreUnavailable):
            self._second.fold()
        return self._first
