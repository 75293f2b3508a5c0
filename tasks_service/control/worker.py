"""The worker: carries out the runs that a leader sends, in as many threads as it has slots."""

import logging
from enum import Enum, auto
from threading import Event, Lock

from tasks_service.control.loop import Loop
from tasks_service.control.membership import Membership
from tasks_service.control.runner import Runner
from tasks_service.core.errors import StoreUnavailable
from tasks_service.core.ports import Executor

log = logging.getLogger(__name__)


class Carried(Enum):
    """What became of a message."""

    DONE = auto()
    """It is settled: the run ended here, or belongs to somebody else, or is over."""
    LATER = auto()
    """It must come again, here or elsewhere."""


class Worker:
    """Starts and stops what carries runs out; ``carry_out`` is called by the consumer of the queue."""

    def __init__(self, *, executor: Executor, runner: Runner, membership: Membership, drain_seconds: float) -> None:
        self._executor = executor
        self._runner = runner
        self._membership = membership
        self._drain_seconds = drain_seconds
        self._lock = Lock()
        self._ends: dict[str, Event] = {}
        self._running = Loop("runner", runner.step)
        runner.wake = self._running.wake
        runner.ended = self._end
        runner.trusted = lambda: membership.trusted

    def start(self) -> None:
        """Be ready to carry runs out."""
        self._runner.replay()
        self._executor.start(self._runner)
        self._membership.start()
        self._running.start()

    def carry_out(self, run_id: str) -> Carried:
        """Win the run and wait for its end. A message that comes twice finds the run taken."""
        ended = Event()
        with self._lock:
            repeated = run_id in self._ends
            self._ends.setdefault(run_id, ended)
        if repeated:
            return self._told_again(run_id)
        try:
            if self._runner.begin(run_id):
                ended.wait()
                return Carried.DONE
        except StoreUnavailable as error:
            log.warning(
                "Run %s is left in the queue: %s", run_id, error, extra={"event": "worker.later", "run": run_id}
            )
            return Carried.LATER
        finally:
            with self._lock:
                del self._ends[run_id]
        return self._told_again(run_id) if self._runner.may_begin else Carried.LATER

    def drain(self) -> None:
        """Begin nothing more, let runs finish for the drain time, cancel the rest."""
        self._runner.draining = True
        self._executor.stop(self._drain_seconds)

    def stop(self) -> None:
        """Record what ended and leave."""
        self._running.stop()
        try:
            self._runner.flush()
            self._membership.stop()
        except StoreUnavailable as error:
            log.error("The last results wait in the spool: %s", error, extra={"event": "worker.unrecorded"})

    @staticmethod
    def _told_again(run_id: str) -> Carried:
        told = {"event": "worker.repeated", "run": run_id}
        log.info("A message about run %s comes late or again: it has begun, or is over", run_id, extra=told)
        return Carried.DONE

    def _end(self, run_id: str) -> None:
        with self._lock:
            ended = self._ends.get(run_id)
        if ended:
            ended.set()
