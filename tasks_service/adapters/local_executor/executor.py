"""The executor: what others may ask of it, and the one thread in which everything happens."""

import asyncio
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from socket import socket
from threading import Condition, Event, Thread

from tasks_service.adapters.local_executor.local_run import LocalRun
from tasks_service.adapters.local_executor.nursery import Nursery
from tasks_service.adapters.local_executor.process_memory import hide_memory
from tasks_service.adapters.local_executor.warden import Warden
from tasks_service.adapters.local_executor.workspace import Workspace
from tasks_service.core.child_protocol import Ready
from tasks_service.core.confinement import Confinement, Enclosure, NotConfined
from tasks_service.core.errors import TasksError
from tasks_service.core.ports import Clock, RunListener, SandboxInfo
from tasks_service.core.progress import Progress
from tasks_service.core.run import OutputLine, RunError, RunRequest, RunResult, RunState

_log = logging.getLogger(__name__)
_START_SECONDS = 60.0


class SandboxUnavailable(TasksError):
    """The process that all runs are forked from does not start."""


class LocalExecutor:
    """Implements ``Executor`` by a child process per run, forked from a preloaded zygote.

    ``relay`` makes, for a run id, the child's end of the socket to the embedded bot API. Runs work in directories below
    ``data_dir``, as far cut off as ``confinement`` wants and the machine can. Job types are imported from
    ``import_path``: what this process itself imports from, unless told else. How many runs go on at once is the
    caller's business. The job types ``withheld`` are not preloaded.
    """

    def __init__(
        self,
        clock: Clock,
        relay: Callable[[str], socket] | None,
        data_dir: Path,
        import_path: Sequence[str] | None = None,
        confinement: Confinement | None = None,
        withheld: Sequence[str] = (),
    ) -> None:
        self._clock = clock
        self._relay = relay
        self._workspace = Workspace(data_dir)
        self._data_dir = data_dir.absolute()
        self._import_path = sys.path if import_path is None else import_path
        self._withheld = withheld
        self._confinement = confinement or Confinement()
        self._runs: dict[str, LocalRun] = {}
        self._running: set[str] = set()
        self._unfinished = 0
        self._changed = Condition()
        self._decided = Event()
        self._ready = False
        self._stopping = False
        self._warden: Warden | None = None
        self._listener: RunListener | None = None
        self._renew()

    def _renew(self) -> None:
        """A fresh loop and thread: an executor that was stopped can be started again."""
        self._loop = asyncio.new_event_loop()
        self._nursery = Nursery(
            self._loop,
            self._import_path,
            lambda: self._workspace.directory,
            self._withheld,
            self._zygote_ready,
            self._decided.set,
        )
        self._thread = Thread(target=self._run_loop, name="executor", daemon=True)

    def start(self, listener: RunListener) -> None:
        """Start the zygote and wait until it is ready; raises ``SandboxUnavailable`` with its last words."""
        if self._loop.is_closed():
            self._renew()
        self._stopping = False
        self._decided.clear()
        self._ready = False
        self._listener = listener
        hide_memory()
        self._workspace.open()
        self._thread.start()
        self._loop.call_soon_threadsafe(self._nursery.open)
        self._decided.wait(_START_SECONDS)
        if not self._ready:
            self.stop(0)
            raise SandboxUnavailable(f"the sandbox does not start: {self._nursery.last_words or 'no answer'}")

    def submit(self, request: RunRequest) -> None:
        """Begin a run; ``ValueError`` where one of that id is under way."""
        with self._changed:
            if request.run_id in self._running:
                raise ValueError(f"run {request.run_id} is under way already")
            refused = self._stopping
            if not refused:
                self._running.add(request.run_id)
                self._unfinished += 1
                self._loop.call_soon_threadsafe(self._begin, request)
        if refused:
            error = RunError(type="Cancelled", message="the service is stopping")
            self._tell_end(RunResult(run_id=request.run_id, state=RunState.CANCELLED, error=error))

    def cancel(self, run_id: str, reason: str) -> None:
        """End a run with TERM, grace and KILL."""
        with self._changed:
            if run_id in self._running:
                self._loop.call_soon_threadsafe(self._cancel, run_id, reason)

    def running(self) -> frozenset[str]:
        """The runs under way."""
        with self._changed:
            return frozenset(self._running)

    def sandbox(self) -> SandboxInfo:
        """What the zygote found by trying; known once ``start`` has returned."""
        if self._warden is None:
            raise SandboxUnavailable("the executor has not been started")
        return self._warden.info

    def stop(self, drain_seconds: float) -> None:
        """Wait for runs, cancel the rest, and end the zygote."""
        with self._changed:
            self._stopping = True
            self._changed.wait_for(lambda: not self._unfinished, drain_seconds)
        for run_id in self.running():
            self.cancel(run_id, "the service is stopping")
        with self._changed:
            self._changed.wait_for(lambda: not self._unfinished)
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()  # the thread has closed it, where there was one
        self._workspace.close()

    def _run_loop(self) -> None:
        try:
            self._loop.run_forever()
            self._nursery.close()
        finally:
            self._loop.close()

    def _zygote_ready(self, ready: Ready) -> None:
        self._warden = Warden(self._confinement, ready, self._data_dir)
        self._ready = True
        self._decided.set()

    def _begin(self, request: RunRequest) -> None:
        run = LocalRun(
            request,
            self._workspace.of_run(request.run_id),
            self._relay,
            enclose=self._enclosure_of,
            loop=self._loop,
            clock=self._clock,
            nursery=self._nursery,
            output=self._output,
            progress=self._progress,
            finished=self._finished,
        )
        self._runs[request.run_id] = run
        run.begin()

    def _enclosure_of(self, request: RunRequest) -> Enclosure:
        if self._warden is None:
            raise NotConfined("no zygote has been ready yet")
        return self._warden.enclosure(request)

    def _cancel(self, run_id: str, reason: str) -> None:
        if run_id in self._runs:
            self._runs[run_id].cancel(reason)

    def _output(self, run_id: str, lines: Sequence[OutputLine]) -> None:
        try:
            self._audience.output(run_id, lines)
        except Exception:  # noqa: BLE001 - a listener's fault must not stop the loop
            _log.exception("the output of run %s is lost", run_id, extra={"event": "run.output_lost", "run": run_id})

    def _progress(self, run_id: str, progress: Progress) -> None:
        try:
            self._audience.progress(run_id, progress)
        except Exception:  # noqa: BLE001 - as above
            _log.exception("progress of run %s is lost", run_id, extra={"event": "run.progress_lost", "run": run_id})

    def _finished(self, result: RunResult) -> None:
        self._runs.pop(result.run_id, None)
        with self._changed:
            self._running.discard(result.run_id)
        self._tell_end(result)
        with self._changed:
            self._unfinished -= 1
            self._changed.notify_all()

    def _tell_end(self, result: RunResult) -> None:
        try:
            self._audience.finished(result)
        except Exception:  # noqa: BLE001 - as above
            told = {"event": "run.end_lost", "run": result.run_id}
            _log.exception("the end of run %s is lost", result.run_id, extra=told)

    @property
    def _audience(self) -> RunListener:
        if self._listener is None:
            raise SandboxUnavailable("the executor has not been started")
        return self._listener
