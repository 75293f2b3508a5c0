"""The ports that are no stores: clock, sources, timer, executor, host. Each is met by one adapter and one fake."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from tasks_service.core.calendar import CalendarEvent, CalendarManifest
from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.manifest import JobManifest
from tasks_service.core.metric import Family
from tasks_service.core.progress import Progress
from tasks_service.core.run import OutputLine, RunEnd, RunRequest, RunResult
from tasks_service.core.state import LiveJob, Origin, Snapshot, Sourced


class Clock(Protocol):
    """Time, as an argument that can be moved by hand."""

    def now(self) -> datetime:
        """The wall clock in UTC, aware."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that is never set."""
        ...


class ManifestSource(Protocol):
    """Where manifests come from."""

    @property
    def name(self) -> str:
        """Unique among the sources, such as ``directory``."""
        ...

    def snapshot(self) -> Snapshot:
        """Read everything; raise ``SourceUnavailable`` with the reason where that is impossible."""
        ...

    def objection(self, revision: str, since: str) -> str:
        """Why the content of a revision must not be taken after that of ``since`` (empty: none was) unless a person
        confirms it; empty where nothing speaks against it."""
        ...

    def poke(self) -> None:
        """Look at what lies elsewhere soon, whatever the interval; ``watch`` does it. A hint, like a wake."""
        ...

    def text(self, path: str) -> bytes:
        """The bytes of one file as they are now; ``path`` is that of an ``Origin`` of this source.

        At most ``MAX_MANIFEST_BYTES`` and one byte more. Raises ``NotFound`` where the source has no such manifest
        file, also for a path that leads out of it, and ``SourceUnavailable`` where it cannot be read. A source of
        revisions reads the newest one it has taken, not the one that was applied.
        """
        ...

    def watch(self, wake: Callable[[], None], stop: Event) -> None:
        """Block until ``stop`` is set, calling ``wake`` whenever something may have changed. A hint, never a fact."""
        ...


class Timer(Protocol):
    """The live scheduler. It says only *when*: ``due`` is called with a ``job_uid``, from a thread of its own."""

    def start(self, due: Callable[[str], None]) -> None:
        """Begin to fire."""
        ...

    def stop(self) -> None:
        """Stop firing and forget all jobs."""
        ...

    def live(self) -> dict[str, LiveJob]:
        """What it holds, by ``job_uid``; exhausted jobs included."""
        ...

    def put(self, job: LiveJob, now: datetime) -> None:
        """Add a job or replace the one of that uid. An unchanged schedule keeps its next fire; else the next fire is
        the first strictly after ``now``."""
        ...

    def remove(self, job_uid: str) -> None:
        """Drop a job; an unknown one is no error."""
        ...

    def tick_age(self) -> float:
        """Seconds since the timer last looked at its jobs; more than a few mean that it is stuck."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxInfo:
    """The isolation that is in force, found by trying. ``level`` is S1, S2, S3 or S4, with ``+R`` for cgroup limits."""

    level: str
    facts: Mapping[str, str]


class RunListener(Protocol):
    """Who is told what happens to runs. Called from the executor's thread: it may only enqueue."""

    def output(self, run_id: str, lines: Sequence[OutputLine]) -> None:
        """Lines were captured."""
        ...

    def progress(self, run_id: str, progress: Progress) -> None:
        """A run tells how far it is, a few times a second at most."""
        ...

    def finished(self, result: RunResult) -> None:
        """A run ended, whatever the reason; called exactly once for each submitted run."""
        ...


class Executor(Protocol):
    """Carries runs out, somewhere else than in this process."""

    def start(self, listener: RunListener) -> None:
        """Get ready; again after a stop, too."""
        ...

    def submit(self, request: RunRequest) -> None:
        """Begin a run and return at once; ``ValueError`` where it is under way already. The caller has committed
        ``running`` before."""
        ...

    def cancel(self, run_id: str, reason: str) -> None:
        """End a run with TERM, grace and KILL; an unknown one is no error."""
        ...

    def running(self) -> frozenset[str]:
        """The runs under way."""
        ...

    def stop(self, drain_seconds: float) -> None:
        """Let runs finish for so long, then cancel the rest. Every submitted run has ended when this returns."""
        ...

    def sandbox(self) -> SandboxInfo:
        """The isolation in force."""
        ...


class RunQueue(Protocol):
    """The way from the leader to workers on other machines."""

    def send(self, run_id: str, queue: str) -> None:
        """Tell the workers of a queue that a run is ready. At least one of them hears of it, most likely once;
        raises ``QueueUnavailable`` where it cannot be told."""
        ...


class Spool(Protocol):
    """Where the ends of runs wait on this machine while the database is away. It survives this process."""

    def keep(self, end: RunEnd) -> None:
        """Write it so that a crash of the machine does not lose it; an end that is kept already is replaced."""
        ...

    def kept(self) -> list[RunEnd]:
        """All that waits, the oldest first. What cannot be read stays where it is, and is logged."""
        ...

    def drop(self, run_id: str) -> None:
        """Forget one; an unknown one is no error."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFigure:
    """One measured figure of the host or of the service's own process."""

    name: str
    value: float
    unit: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the service's own process uses."""

    cpu_seconds: float
    """User and system time since its start."""
    memory_bytes: int
    """Resident memory."""
    open_files: int
    """Open file descriptors, sockets among them."""
    threads: int


class Host(Protocol):
    """The machine underneath."""

    @property
    def node(self) -> str:
        """Its name."""
        ...

    @property
    def pid(self) -> int:
        """The service's process."""
        ...

    @property
    def started(self) -> float:
        """When that process began, in Unix seconds; with the pid it names the process for good."""
        ...

    def figures(self) -> Sequence[HostFigure]:
        """CPU, memory and disk of the host, and CPU and memory of the service, measured now."""
        ...

    def usage(self) -> Usage:
        """What the service uses at this moment; returns at once."""
        ...

    def alive(self, pid: int, started: float) -> bool:
        """Whether the process with that pid and that start time (Unix seconds) still exists on this host."""
        ...


class Secrets(Protocol):
    """Where declared secrets come from."""

    def values(self, names: Iterable[str]) -> dict[str, str]:
        """The values of those that are set."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDraft:
    """A valid calendar whose iCalendar files nobody has looked at yet."""

    manifest: CalendarManifest
    origin: Origin
    places: tuple[tuple[int, int], ...] = ()
    """Line and column of each path in ``ical``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a text holds: the valid manifests and calendars, and all findings of it."""

    manifests: tuple[Sourced, ...]
    calendars: tuple[CalendarDraft, ...] = ()
    problems: tuple[Diagnostic, ...]


MAX_MANIFEST_BYTES = 256 * 1024
"""A longer text is refused unread."""


class ManifestText(Protocol):
    """Manifests as text: the one door to YAML."""

    def read(self, text: str | bytes, path: str) -> Reading:
        """Parse and validate all documents of a text; never raises for bad input."""
        ...

    def write(self, document: Mapping[str, Any]) -> str:
        """One document as YAML with a modeline, keys in the order of the manifest model."""
        ...

    def edit(self, text: str | bytes, old: JobManifest, new: JobManifest) -> str:
        """The text with the document of ``old`` saying what ``new`` says; comments and all else stay as they were.

        Raises ``ValueError`` with the reason where the text cannot be changed in place.
        """
        ...


class UnreadableEvents(ValueError):
    """An iCalendar file that cannot be used: a sentence, and what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class EventText(Protocol):
    """Events as text: the one door to iCalendar."""

    def read(self, data: bytes, zone: ZoneInfo, years: range) -> tuple[CalendarEvent, ...]:
        """The occurrences of all events that touch these years, by their beginning; raises ``UnreadableEvents``.

        Whole days and times without a zone are meant in ``zone``.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposed:
    """Metrics as they go over the wire."""

    content: bytes
    content_type: str


class Exposition(Protocol):
    """Metrics as text: the one door to Prometheus."""

    def write(self, families: Iterable[Family], accept: str) -> Exposed:
        """The families in the format that an ``Accept`` header asks for; the classic text format otherwise."""
        ...
