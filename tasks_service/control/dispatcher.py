"""The dispatcher: claims what is due and has the runner begin what is ready. It belongs to the leader.

What the timer tells it is only enqueued; one thread takes it from there.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from random import Random
from threading import Lock

from tasks_service.control.happenings import run_happening
from tasks_service.control.roster import Roster
from tasks_service.control.run_log import log_lost
from tasks_service.control.runner import Runner
from tasks_service.control.starter import Starter
from tasks_service.core.ports import Clock
from tasks_service.core.retry import Retrial, next_attempt
from tasks_service.core.run import Run, RunError, RunResult, RunState
from tasks_service.core.settlement import LedgerFacts, Settlement, settle_slots
from tasks_service.core.stores import RunFilter, Stores

log = logging.getLogger(__name__)

LONGEST_PAUSE = 1.0
"""Seconds between two looks at the ledger when nothing wakes the loop."""


class Dispatcher:
    """Answers the timer's ``due``. ``stores`` are the leader's, behind its fence."""

    def __init__(
        self,
        *,
        clock: Clock,
        roster: Roster,
        runner: Runner,
        starter: Starter,
        stores: Stores,
        random: Random,
    ) -> None:
        self._clock = clock
        self._roster = roster
        self._runner = runner
        self._ledger = stores.ledger
        self._journal = stores.journal
        self._starter = starter
        self._random = random
        self._lock = Lock()
        self._due: set[str] = set()
        self._up_since = clock.now()
        self.wake: Callable[[], None] = lambda: None
        self.settled: Callable[[Collection[str]], None] = lambda job_uids: None
        """Called with the jobs that were settled."""

    def lead_from(self, moment: datetime) -> None:
        """From this moment on the clock is watched: earlier slots were missed by downtime."""
        self._up_since = moment

    def due(self, job_uid: str) -> None:
        """The timer's call."""
        with self._lock:
            self._due.add(job_uid)
        self.wake()

    def step(self) -> float:
        """Do all that waits; return in how many seconds to look again."""
        self._claim_due()
        now = self._clock.now()
        self._starter.step(now)
        upcoming = self._ledger.next_ready(now)
        wait = (upcoming - now).total_seconds() if upcoming else LONGEST_PAUSE
        return max(0.0, min(wait, LONGEST_PAUSE))

    def settle(self, job_uids: Sequence[str], until: datetime | None = None) -> list[Run]:
        """Settle every slot of these jobs up to ``until`` (default: now), in one transaction."""
        if not job_uids:
            return []
        moment = until or self._clock.now()

        def decide(facts: LedgerFacts) -> Settlement:
            job = self._roster.find(facts.job_uid)
            if job is None:
                return Settlement(cursor=facts.cursor)
            calendars = self._roster.calendars_of(job)
            return settle_slots(facts, job.manifest, moment, self._up_since, self._random.random(), calendars)

        queued = self._ledger.settle(job_uids, decide, moment)
        self.settled(job_uids)
        self._journal.publish([run_happening("run.queued", run, moment) for run in queued])
        if queued:
            self.wake()
        return queued

    def cancel_job(self, job_uid: str, reason: str) -> None:
        """End the runs of a job that are under way, wherever."""
        which = RunFilter(job_uid=job_uid, states=frozenset({RunState.RUNNING}))
        for run in self._ledger.runs(which, limit=500).items:
            self._runner.cancel(run.run_id, reason)
            self._ledger.request_cancel(run.run_id, "reconciler", reason)

    def recover(self, living: Collection[str]) -> list[Run]:
        """Mark the runs of processes that live no longer as lost; what was only queued starts as usual."""
        now = self._clock.now()
        lost = []
        for run in self._ledger.orphans(living):
            if self._runner.has_ended(run.run_id):
                continue
            message = f"the service process on {run.node} that ran it is gone"
            result = RunResult(run_id=run.run_id, state=RunState.LOST, error=RunError(type="Lost", message=message))
            job = self._roster.find(run.job_uid)
            draw = self._random.random()
            again = next_attempt(job.manifest, run, result.state, now, draw) if job else Retrial()
            why = "; ".join(part for part in (message, again.given_up) if part)
            if ended := self._ledger.finish(result, run.owner, now, again.at, why):
                log_lost(ended)
                lost.append(ended)
        self._journal.publish([run_happening("run.finished", run, now) for run in lost])
        if lost:
            self.wake()
        return lost

    def _claim_due(self) -> None:
        with self._lock:
            due, self._due = sorted(self._due), set()
        try:
            self.settle(due)
        except Exception:
            with self._lock:
                self._due |= set(due)
            raise
