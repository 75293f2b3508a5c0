"""The dispatcher: claims what is due, starts what is ready, records how it ended.

Everything that others tell it (the timer, the executor, the API) is only enqueued; one thread takes it from there.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random
from threading import Lock

from tasks_service.control.identity import Identity
from tasks_service.control.requests import RequestWriter
from tasks_service.control.roster import Roster
from tasks_service.core.ports import Clock, Executor
from tasks_service.core.retry import retry_at
from tasks_service.core.run import OutputLine, Run, RunError, RunResult, RunState
from tasks_service.core.settlement import LedgerFacts, Settlement, settle_slots
from tasks_service.core.stores import Happening, Stores

log = logging.getLogger(__name__)

LONGEST_PAUSE = 1.0
"""Seconds between two looks at the ledger when nothing wakes the loop."""

REASONS = {
    RunState.TIMED_OUT: "it ran longer than policy.timeout",
    RunState.LOST: "the process that ran it is gone, and nobody knows how the run ended",
}


class Dispatcher:
    """Implements ``RunListener`` for the executor and the ``due`` call of the timer."""

    def __init__(
        self,
        *,
        clock: Clock,
        roster: Roster,
        executor: Executor,
        requests: RequestWriter,
        stores: Stores,
        identity: Identity,
        max_runs: int,
        random: Random,
    ) -> None:
        self._clock = clock
        self._roster = roster
        self._executor = executor
        self._requests = requests
        self._ledger = stores.ledger
        self._output = stores.output
        self._journal = stores.journal
        self._owner = identity.owner
        self._node = identity.node
        self._max_runs = max_runs
        self._random = random
        self._lock = Lock()
        self._due: set[str] = set()
        self._lines: list[tuple[str, OutputLine]] = []
        self._results: list[RunResult] = []
        self._up_since = clock.now()
        self.wake: Callable[[], None] = lambda: None
        self.draining = False

    def lead_from(self, moment: datetime) -> None:
        """From this moment on the clock is watched: earlier slots were missed by downtime."""
        self._up_since = moment
        self.draining = False

    def due(self, job_uid: str) -> None:
        """The timer's call."""
        with self._lock:
            self._due.add(job_uid)
        self.wake()

    def output(self, run_id: str, lines: Sequence[OutputLine]) -> None:
        """The executor's call: lines were captured."""
        with self._lock:
            self._lines += [(run_id, line) for line in lines]
        self.wake()

    def finished(self, result: RunResult) -> None:
        """The executor's call: a run ended."""
        with self._lock:
            self._results.append(result)
        self.wake()

    def step(self) -> float:
        """Do all that waits; return in how many seconds to look again."""
        self.flush()
        self._claim_due()
        self._carry_out_cancels()
        self._start_ready()
        now = self._clock.now()
        upcoming = self._ledger.next_ready(now)
        wait = (upcoming - now).total_seconds() if upcoming else LONGEST_PAUSE
        return max(0.0, min(wait, LONGEST_PAUSE))

    def flush(self) -> None:
        """Keep the output and the results that were handed in."""
        self._keep_output()
        self._record_results()

    def settle(self, job_uids: Sequence[str], until: datetime | None = None) -> list[Run]:
        """Settle every slot of these jobs up to ``until`` (default: now), in one transaction."""
        if not job_uids:
            return []
        moment = until or self._clock.now()

        def decide(facts: LedgerFacts) -> Settlement:
            job = self._roster.find(facts.job_uid)
            if job is None:
                return Settlement(cursor=facts.cursor)
            return settle_slots(facts, job.manifest, moment, self._up_since, self._random.random())

        queued = self._ledger.settle(job_uids, decide, moment)
        self._journal.publish([_happening("run.queued", run, moment) for run in queued])
        if queued:
            self.wake()
        return queued

    def cancel_job(self, job_uid: str, reason: str) -> None:
        """End the runs of a job that are under way."""
        running = self._executor.running()
        for run in self._ledger.latest_runs([job_uid], per_job=20).get(job_uid, []):
            if run.run_id in running:
                self._executor.cancel(run.run_id, reason)

    def recover(self) -> list[Run]:
        """Mark the runs that an earlier process left behind as lost; what was only queued starts as usual."""
        now = self._clock.now()
        lost = []
        for run in self._ledger.orphans({self._owner}):
            result = RunResult(
                run_id=run.run_id,
                state=RunState.LOST,
                error=RunError(type="Lost", message=f"the service process on {run.node} that ran it is gone"),
            )
            if ended := self._finish(result, run, run.owner, now):
                lost.append(ended)
        self._journal.publish([_happening("run.finished", run, now) for run in lost])
        return lost

    def _keep_output(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
        if lines:
            self._output.append(lines)

    def _claim_due(self) -> None:
        with self._lock:
            due, self._due = sorted(self._due), set()
        if self.draining:
            return
        try:
            self.settle(due)
        except Exception:
            with self._lock:
                self._due |= set(due)
            raise

    def _start_ready(self) -> None:
        free = self._max_runs - len(self._executor.running())
        if self.draining or free <= 0:
            return
        for run in self._ledger.ready(self._clock.now(), free):
            self._start(run)

    def _start(self, run: Run) -> None:
        """Commit ``running``, then start the child: a kill in between loses a run visibly and starts none twice."""
        job = self._roster.find(run.job_uid)
        now = self._clock.now()
        if job is None or not self._ledger.start(run.run_id, self._owner, self._node, now):
            return
        log.info("Starting %s", run.job_id, extra={"event": "run.started", "job": run.job_id, "run": run.run_id})
        self._executor.submit(self._requests.write(run, job.manifest))
        self._journal.publish([_happening("run.started", run, now)])

    def _record_results(self) -> None:
        while True:
            with self._lock:
                result = self._results[0] if self._results else None
            if result is None:
                return
            self._record(result)
            with self._lock:
                self._results.pop(0)

    def _record(self, result: RunResult) -> None:
        now = self._clock.now()
        run = self._ledger.run(result.run_id)
        if run is None:
            return
        ended = self._finish(result, run, self._owner, now)
        if ended is None:
            return
        level = logging.INFO if result.state is RunState.SUCCEEDED else logging.WARNING
        log.log(
            level,
            "%s %s%s",
            ended.job_id,
            ended.state.value,
            f": {result.error.type}: {result.error.message}" if result.error else "",
            extra={"event": "run.finished", "job": ended.job_id, "run": ended.run_id, "state": ended.state.value},
        )
        self._journal.publish([_happening("run.finished", ended, now)])

    def _finish(self, result: RunResult, run: Run, owner: str, now: datetime) -> Run | None:
        job = self._roster.find(run.job_uid)
        again = retry_at(job.manifest.policy.retry, result.state, run.attempt, now) if job else None
        reason = result.error.message if result.error else REASONS.get(result.state, "")
        return self._ledger.finish(result, owner, now, again, reason)

    def _carry_out_cancels(self) -> None:
        for run in self._ledger.running_of(self._owner):
            if not run.cancel_requested_by:
                continue
            why = f": {run.cancel_reason}" if run.cancel_reason else ""
            self._executor.cancel(run.run_id, f"cancelled by {run.cancel_requested_by}{why}")


def _happening(kind: str, run: Run, at: datetime) -> Happening:
    data = {"state": run.state.value, "trigger": run.trigger.value, "attempt": run.attempt}
    return Happening(at=at, kind=kind, job_id=run.job_id, run_id=run.run_id, data=data)
