"""In-memory stand-ins for ports. Each passes the conformance suite of its port in ``tests/contract``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Lock
from typing import Any

from tasks_service.core.artifact import Artifact
from tasks_service.core.errors import NotFound, SourceUnavailable
from tasks_service.core.firing import next_fire
from tasks_service.core.ports import Clock, RunListener, SandboxInfo
from tasks_service.core.progress import Progress
from tasks_service.core.run import OutputLine, RunEnd, RunError, RunRequest, RunResult, RunState
from tasks_service.core.state import LiveJob, Snapshot


class FakeClock:
    """A clock that is moved by hand. Both of its hands move together; safe to share between threads."""

    def __init__(self, at: datetime = datetime(2030, 1, 1, tzinfo=UTC)) -> None:
        self._lock = Lock()
        self._now = at
        self._monotonic = 0.0

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def monotonic(self) -> float:
        with self._lock:
            return self._monotonic

    def advance(self, seconds: float) -> datetime:
        """Move on by so many seconds; returns the new time."""
        with self._lock:
            self._now += timedelta(seconds=seconds)
            self._monotonic += seconds
            return self._now

    def set(self, at: datetime) -> None:
        """Set the wall clock, as an administrator may: the monotonic hand does not jump back."""
        with self._lock:
            self._monotonic += max(0.0, (at - self._now).total_seconds())
            self._now = at


class FakeSource:
    """A source that says what the test lets it say: a snapshot, or the reason why there is none."""

    def __init__(self, clock: Clock, content: Snapshot | str, *, name: str = "directory") -> None:
        self.name = name
        self._clock = clock
        self._content = content
        self._wakes: list[Callable[[], None]] = []
        self.objections: dict[str, str] = {}
        """By revision, what speaks against it."""
        self.pokes = 0
        self.texts: dict[str, str] = {}
        """What its files hold, where somebody asks for more than the snapshot."""

    def show(self, content: Snapshot | str) -> None:
        """From now on say this, and wake whoever watches."""
        self._content = content
        for wake in list(self._wakes):
            wake()

    def snapshot(self) -> Snapshot:
        if isinstance(self._content, str):
            raise SourceUnavailable(self._content)
        return self._content if self._content.trouble else replace(self._content, read_at=self._clock.now())

    def objection(self, revision: str, since: str) -> str:
        return self.objections.get(revision, "") if revision != since else ""

    def poke(self) -> None:
        self.pokes += 1

    def text(self, path: str) -> bytes:
        if path not in self.texts:
            raise NotFound(f"{path} is no file of this source")
        return self.texts[path].encode()

    def watch(self, wake: Callable[[], None], stop: Event) -> None:
        self._wakes.append(wake)
        wake()
        stop.wait()
        self._wakes.remove(wake)


class FakeSpool:
    """A spool in memory."""

    def __init__(self) -> None:
        self._ends: dict[str, RunEnd] = {}

    def keep(self, end: RunEnd) -> None:
        self._ends[end.result.run_id] = end

    def kept(self) -> list[RunEnd]:
        return sorted(self._ends.values(), key=lambda end: end.at)

    def drop(self, run_id: str) -> None:
        self._ends.pop(run_id, None)


class FakeTimer:
    """A timer that looks at its jobs only when the test says so, in the thread of the test."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._jobs: dict[str, LiveJob] = {}
        self._due: Callable[[str], None] | None = None
        self._last_tick = 0.0

    def start(self, due: Callable[[str], None]) -> None:
        self._due = due
        self._last_tick = self._clock.monotonic()

    def stop(self) -> None:
        self._due = None
        self._jobs.clear()

    def live(self) -> dict[str, LiveJob]:
        return dict(self._jobs)

    def put(self, job: LiveJob, now: datetime) -> None:
        before = self._jobs.get(job.job_uid)
        schedule, digest = job.manifest.schedule, job.manifest.schedule_digest
        if before is not None and (before.manifest.schedule_digest, before.halted) == (digest, job.halted):
            upcoming = before.next_due
        else:
            upcoming = None if job.halted else next_fire(schedule, now)
        self._jobs[job.job_uid] = replace(job, next_due=upcoming)

    def remove(self, job_uid: str) -> None:
        self._jobs.pop(job_uid, None)

    def tick_age(self) -> float:
        return self._clock.monotonic() - self._last_tick

    def next_due(self) -> datetime | None:
        """When the next job fires."""
        return min((job.next_due for job in self._jobs.values() if job.next_due), default=None)

    def tick(self) -> None:
        """Fire what is due at the time of the clock; a job that missed several fires fires once."""
        now = self._clock.now()
        self._last_tick = self._clock.monotonic()
        for job in sorted(self._jobs.values(), key=lambda job: job.next_due or now):
            if job.next_due is not None and job.next_due <= now and self._due is not None:
                self._jobs[job.job_uid] = replace(job, next_due=next_fire(job.manifest.schedule, now))
                self._due(job.job_uid)


class FakeExecutor:
    """An executor whose runs do nothing until the test says how they end.

    ``submitted`` keeps every request in order, ``cancelled`` the reason by run id. The listener is called in the
    thread of the caller.
    """

    def __init__(self, clock: FakeClock | None = None) -> None:
        self.submitted: list[RunRequest] = []
        self.cancelled: dict[str, str] = {}
        self._clock = clock or FakeClock()
        self._lock = Lock()
        self._listener: RunListener | None = None
        self._printed: dict[str, int] = {}
        self._stopping = False

    def start(self, listener: RunListener) -> None:
        self._listener = listener
        self._stopping = False

    def submit(self, request: RunRequest) -> None:
        with self._lock:
            if request.run_id in self._printed:
                raise ValueError(f"run {request.run_id} is under way already")
            self.submitted.append(request)
            self._printed[request.run_id] = 0
            refused = self._stopping
        if refused:
            self.cancel(request.run_id, "the service is stopping")

    def running(self) -> frozenset[str]:
        with self._lock:
            return frozenset(self._printed)

    def cancel(self, run_id: str, reason: str) -> None:
        """End the run at once as ``cancelled``."""
        if run_id in self.running():
            self.cancelled[run_id] = reason
            self.end(run_id, RunState.CANCELLED, error=RunError(type="Cancelled", message=reason))

    def stop(self, drain_seconds: float) -> None:
        """Cancel what is left at once: no time passes here."""
        self._stopping = True
        for run_id in self.running():
            self.cancel(run_id, "the service is stopping")

    def sandbox(self) -> SandboxInfo:
        return SandboxInfo(level="S1", facts={"kind": "nothing is executed"})

    def print(self, run_id: str, *texts: str, stream: str = "stdout") -> None:
        """Let a run print lines."""
        with self._lock:
            first = self._printed[run_id] + 1
            self._printed[run_id] += len(texts)
        self._tell(run_id, [self._line(first + i, stream, text) for i, text in enumerate(texts)])

    def tell_progress(self, run_id: str, done: float, total: float | None = None, text: str = "") -> None:
        """Let a run tell how far it is."""
        assert self._listener is not None, "start() comes first"
        self._listener.progress(run_id, Progress(done=done, total=total, text=text, at=self._clock.now()))

    def end(
        self,
        run_id: str,
        state: RunState = RunState.SUCCEEDED,
        *,
        result: Mapping[str, Any] | None = None,
        error: RunError | None = None,
        artifacts: Mapping[str, bytes] | None = None,
        **measured: float,
    ) -> RunResult:
        """End a run; ``KeyError`` where it is not running. ``measured`` is what it cost."""
        with self._lock:
            del self._printed[run_id]
        if state is RunState.SUCCEEDED:
            result = result or {}
        ended = RunResult(
            run_id=run_id,
            state=state,
            result=None if result is None else dict(result),
            error=error,
            **{"output_bytes": 0, **measured},  # type: ignore[arg-type]
            artifacts=tuple(Artifact.of(name, content) for name, content in (artifacts or {}).items()),
        )
        assert self._listener is not None, "start() comes first"
        self._listener.finished(ended)
        return ended

    def _line(self, seq: int, stream: str, text: str) -> OutputLine:
        return OutputLine(seq=seq, at=self._clock.now(), stream=stream, text=text)

    def _tell(self, run_id: str, lines: Sequence[OutputLine]) -> None:
        assert self._listener is not None, "start() comes first"
        self._listener.output(run_id, lines)
