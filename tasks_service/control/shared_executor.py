"""One executor for runs and for preflights: each side hears only of its own."""

from collections.abc import Callable, Sequence
from threading import Lock

from tasks_service.core.ports import Executor, RunListener, SandboxInfo
from tasks_service.core.progress import Progress
from tasks_service.core.run import OutputLine, RunRequest, RunResult

Ended = Callable[[RunResult], None]


class SharedExecutor:
    """Implements ``Executor`` for runs, and carries preflights out beside them."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._lock = Lock()
        self._preflights: dict[str, Ended] = {}
        self._listener: RunListener | None = None

    def start(self, listener: RunListener) -> None:
        """Get ready; ``listener`` hears of runs only."""
        self._listener = listener
        self._executor.start(self)

    def submit(self, request: RunRequest) -> None:
        """Begin a run."""
        self._executor.submit(request)

    def preflight(self, request: RunRequest, ended: Ended) -> None:
        """Begin a preflight; ``ended`` is called once, from the executor's thread: it may only enqueue."""
        with self._lock:
            self._preflights[request.run_id] = ended
        try:
            self._executor.submit(request)
        except Exception:
            with self._lock:
                del self._preflights[request.run_id]
            raise

    def cancel(self, run_id: str, reason: str) -> None:
        """End a run or a preflight; an unknown one is no error."""
        self._executor.cancel(run_id, reason)

    def running(self) -> frozenset[str]:
        """The runs under way."""
        with self._lock:
            return self._executor.running() - self._preflights.keys()

    def stop(self, drain_seconds: float) -> None:
        """Let what is under way end for so long, then cancel the rest."""
        self._executor.stop(drain_seconds)

    def sandbox(self) -> SandboxInfo:
        """The isolation in force."""
        return self._executor.sandbox()

    def output(self, run_id: str, lines: Sequence[OutputLine]) -> None:
        """The executor's call: what a preflight prints is nobody's output."""
        with self._lock:
            ours = run_id in self._preflights
        if self._listener and not ours:
            self._listener.output(run_id, lines)

    def progress(self, run_id: str, progress: Progress) -> None:
        """The executor's call: how far a preflight is interests nobody."""
        with self._lock:
            ours = run_id in self._preflights
        if self._listener and not ours:
            self._listener.progress(run_id, progress)

    def finished(self, result: RunResult) -> None:
        """The executor's call: a run or a preflight ended."""
        with self._lock:
            ended = self._preflights.pop(result.run_id, None)
        if ended:
            ended(result)
        elif self._listener:
            self._listener.finished(result)
