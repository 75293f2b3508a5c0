"""The runner: carries runs out in this process, and records how they ended. Every process that runs has one.

Everything that the executor tells it is only enqueued; one thread takes it from there.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from random import Random
from threading import Lock

from tasks_service.control.happenings import run_happening
from tasks_service.control.identity import Identity
from tasks_service.control.progress_board import ProgressBoard
from tasks_service.control.requests import RequestWriter
from tasks_service.control.run_log import log_finished, log_started
from tasks_service.core.errors import SecondStoreUnavailable, StoreUnavailable
from tasks_service.core.ports import Clock, Executor, Spool
from tasks_service.core.progress import Progress
from tasks_service.core.retry import Retrial, next_attempt
from tasks_service.core.run import OutputLine, Run, RunEnd, RunError, RunRequest, RunResult, RunState
from tasks_service.core.stores import Started, Stores

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""Between two looks for requests to cancel, while runs are under way."""
REASONS = {
    RunState.TIMED_OUT: "it ran longer than policy.timeout",
    RunState.LOST: "the process that ran it is gone, and nobody knows how the run ended",
}


class Runner:
    """Implements ``RunListener`` for the executor."""

    def __init__(
        self,
        *,
        clock: Clock,
        executor: Executor,
        requests: RequestWriter,
        stores: Stores,
        spool: Spool,
        identity: Identity,
        random: Random,
    ) -> None:
        self._clock = clock
        self._executor = executor
        self._requests = requests
        self._ledger = stores.ledger
        self._output = stores.output
        self._artifacts = stores.artifacts
        self._journal = stores.journal
        self._progress = ProgressBoard(clock=clock, store=stores.progress)
        self._spool = spool
        self._identity = identity
        self._random = random
        self._lock = Lock()
        self._lines: list[tuple[str, OutputLine]] = []
        self._ends: list[RunEnd] = []
        self._spooled: set[str] = set()
        self._started: dict[str, Started] = {}
        self._beginning: set[str] = set()
        self._doubtful: set[str] = set()
        """Runs whose start the ledger did not confirm: it may have won them for this process all the same."""
        self.wake: Callable[[], None] = lambda: None
        self.recorded: Callable[[], None] = lambda: None
        """Called when the end of a run is in the ledger."""
        self.ended: Callable[[str], None] = lambda run_id: None
        """Called with the id of a run that ended, before that is in the ledger."""
        self.trusted: Callable[[], bool] = lambda: True
        """Whether the others take this process for alive: if not, it begins nothing."""
        self.draining = False

    @property
    def busy(self) -> int:
        """How many runs are under way here."""
        return len(self._executor.running())

    def has_ended(self, run_id: str) -> bool:
        """Whether the end of a run is known here and waits to be recorded."""
        with self._lock:
            return any(end.result.run_id == run_id for end in self._ends)

    @property
    def may_begin(self) -> bool:
        """Whether this process begins runs at present."""
        return not self.draining and self.trusted()

    def output(self, run_id: str, lines: Sequence[OutputLine]) -> None:
        """The executor's call: lines were captured."""
        with self._lock:
            self._lines += [(run_id, line) for line in lines]
        self.wake()

    def progress(self, run_id: str, progress: Progress) -> None:
        """The executor's call: a run tells how far it is. The next step, which is never far, writes it."""
        self._progress.note(run_id, progress)

    def finished(self, result: RunResult) -> None:
        """The executor's call: a run ended."""
        now = self._clock.now()
        with self._lock:
            started = self._started.pop(result.run_id, None)
            again = self._retrial(started, result.state, now) if started else Retrial()
            why = result.error.message if result.error else REASONS.get(result.state, "")
            end = RunEnd(
                result=result,
                owner=self._identity.owner,
                at=now,
                retry_at=again.at,
                reason="; ".join(part for part in (why, again.given_up) if part),
            )
            self._ends.append(end)
        self.ended(result.run_id)
        self.wake()

    def _retrial(self, started: Started, state: RunState, now: datetime) -> Retrial:
        return next_attempt(started.manifest, started.run, state, now, self._random.random())

    def begin(self, run_id: str) -> bool:
        """Win a queued run and start it; False where somebody else has it, or this process may not begin any.

        ``running`` is committed before the child starts: a kill in between loses a run visibly and starts none twice.
        """
        if not self.may_begin:
            return False
        with self._lock:
            if run_id in self._beginning:
                return False
            self._beginning.add(run_id)
        try:
            return self._begin(run_id)
        except StoreUnavailable:
            with self._lock:
                self._doubtful.add(run_id)
            raise
        finally:
            with self._lock:
                self._beginning.discard(run_id)

    def _begin(self, run_id: str) -> bool:
        now = self._clock.now()
        started = self._ledger.start(run_id, self._identity.owner, self._identity.node, now)
        if started is None:
            return False
        run = started.run
        request = self._request(started)  # Reads the ledger: where that fails, the run must not count as begun.
        with self._lock:
            self._started[run_id] = started
        if not self.trusted():
            self.finished(_never_began(run_id))
            return True
        log_started(run)
        self._executor.submit(request)
        self._journal.publish([run_happening("run.started", run, now)])
        self.wake()
        return True

    def cancel(self, run_id: str, reason: str) -> None:
        """End a run that is under way here; any other is no error."""
        self._executor.cancel(run_id, reason)

    def step(self) -> float:
        """Do all that waits; return in how many seconds to look again."""
        self.flush()
        self._give_up_doubtful()
        self._carry_out_cancels()
        return LOOK_SECONDS

    def flush(self) -> None:
        """Keep the output and the results that were handed in; what cannot be recorded now is spooled.

        Whoever sees that a run has ended finds all of its output: only those are recorded whose output was handed in
        before this began to keep any, however long that takes.
        """
        with self._lock:
            ends = list(self._ends)
        try:
            self._keep_output()
            self._keep_progress()
            self._record_ends(ends)
        except StoreUnavailable:
            self._spool_ends()
            raise

    def _request(self, started: Started) -> RunRequest:
        run = started.run
        told = self._requests.asks_for_success(run)
        previous = self._ledger.previous_success(run.job_uid, run.due_at) if told else None
        return self._requests.write(run, started.manifest, previous)

    def replay(self) -> None:
        """Record what an earlier process of this machine had to leave in the spool."""
        for end in self._spool.kept():
            self._output.append([(end.result.run_id, line) for line in end.lines])
            try:
                self._record(end)
            except SecondStoreUnavailable:
                with self._lock:
                    self._ends.append(end)
                self._spooled.add(end.result.run_id)
                continue
            self._spool.drop(end.result.run_id)

    def _keep_output(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, []
        try:
            self._output.append(lines)
        except StoreUnavailable:
            with self._lock:
                self._lines = lines + self._lines
            raise

    def _keep_progress(self) -> None:
        with self._lock:
            ended = [end.result.run_id for end in self._ends]
        self._progress.write(ended)

    def _record_ends(self, ends: Sequence[RunEnd]) -> None:
        """Record what ended. What only the second store keeps back waits for the next step, and keeps nothing back."""
        for end in ends:
            try:
                self._record(end)
            except SecondStoreUnavailable:
                self._spool_end(end, ())
                continue
            with self._lock:
                self._ends.remove(end)
            if end.result.run_id in self._spooled:
                self._spool.drop(end.result.run_id)
                self._spooled.discard(end.result.run_id)
            self.recorded()

    def _spool_ends(self) -> None:
        """The database is away: what ended must survive this process, too."""
        with self._lock:
            waiting = list(self._ends)
            lines = list(self._lines)
        for end in waiting:
            self._spool_end(end, tuple(line for owner, line in lines if owner == end.result.run_id))

    def _spool_end(self, end: RunEnd, lines: tuple[OutputLine, ...]) -> None:
        run_id = end.result.run_id
        if run_id in self._spooled:
            return
        self._spool.keep(end.model_copy(update={"lines": lines}))
        self._spooled.add(run_id)
        told = {"event": "run.spooled", "run": run_id}
        log.warning("Its store is away: the end of run %s waits in the spool", run_id, extra=told)

    def _record(self, end: RunEnd) -> None:
        result = end.result
        run = self._ledger.run(result.run_id)
        if run is None:
            return
        self._artifacts.keep(result.run_id, result.artifacts, end.at)  # first: who sees the end sees what is left of it
        ended = self._ledger.finish(result, end.owner, end.at, end.retry_at, end.reason)
        if ended is None:
            if run.state is not result.state:
                _tell_late(run, result)
            return
        log_finished(ended)
        self._journal.publish([run_happening("run.finished", ended, end.at)])

    def _give_up_doubtful(self) -> None:
        """What counts as running here and was never begun is lost; what is still queued will be ready again."""
        with self._lock:
            doubtful = self._doubtful - self._beginning
        for run_id in doubtful:
            try:
                run = self._ledger.run(run_id)
            except SecondStoreUnavailable:
                continue
            with self._lock:
                self._doubtful.discard(run_id)
                known = run_id in self._beginning or run_id in self._started
            if run and run.state is RunState.RUNNING and run.owner == self._identity.owner and not known:
                self.finished(_never_began(run_id))

    def _carry_out_cancels(self) -> None:
        """End what somebody asked to cancel, and what the others have given up: a new attempt may be under way."""
        under_way = self._executor.running()
        if not under_way:
            return
        mine = {run.run_id: run for run in self._ledger.running_of(self._identity.owner)}
        for run_id in under_way:
            run = mine.get(run_id)
            if run is None:
                self._executor.cancel(run_id, "it was recorded as lost while this process gave no sign of life")
            elif run.cancel_requested_by:
                why = f": {run.cancel_reason}" if run.cancel_reason else ""
                self._executor.cancel(run_id, f"cancelled by {run.cancel_requested_by}{why}")


def _tell_late(run: Run, result: RunResult) -> None:
    log.warning(
        "%s ended as %s, but was recorded as %s before",
        *(run.job_id, result.state.value, run.state.value),
        extra={"event": "run.late_result", "job": run.job_id, "run": run.run_id, "state": result.state.value},
    )


def _never_began(run_id: str) -> RunResult:
    error = RunError(type="Lost", message="the process was stopped between winning the run and beginning it")
    return RunResult(run_id=run_id, state=RunState.LOST, error=error)
