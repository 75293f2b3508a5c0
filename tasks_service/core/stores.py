"""The stores: what is kept in SQL, one port per noun.

Every method is one transaction: when it returns, its writes are committed. A store that cannot be reached raises
``StoreUnavailable``. All times are UTC and aware.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.override import Override, OverrideKind
from tasks_service.core.plan import Action
from tasks_service.core.run import Occurrence, OutputLine, Run, RunResult, RunState
from tasks_service.core.settlement import LedgerFacts, Settlement
from tasks_service.core.state import InventoryJob, Sourced

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """A part of a list, newest first. ``next_cursor`` fetches the following part; None at the end."""

    items: tuple[T, ...]
    total: int
    next_cursor: str | None = None


class InventoryStore(Protocol):
    """The jobs as they were last applied."""

    def jobs(self, *, tombstones_since: datetime | None = None) -> list[InventoryJob]:
        """The live jobs, and those deleted since then if a moment is given."""
        ...

    def find(self, job_id: str) -> InventoryJob | None:
        """A live job by its id, ignoring case."""
        ...

    def apply(self, actions: Sequence[Action], at: datetime, next_due: Mapping[str, datetime | None]) -> None:
        """Record actions that take effect at ``at``.

        Create: the cursor is ``at``; a tombstone of that uid is revived and keeps its history. Update: with a changed
        schedule the cursor becomes ``at`` (the caller has settled the old slots), and a published next fire that the
        new schedule does not share gets an occurrence ``superseded`` (``next_due`` holds the new one). Pause, Resume:
        ``halted``. Delete: a tombstone, and its queued runs end ``cancelled``. ``next_due`` by ``job_uid``.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Which runs to list; an empty filter lists all."""

    job_uid: str | None = None
    states: frozenset[RunState] = frozenset()
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCount:
    """How many runs of a job ended in a state, and what they cost."""

    job_uid: str
    job_id: str
    job_type: str
    state: RunState
    runs: int
    seconds: float
    """Sum of the durations."""


class Ledger(Protocol):
    """Occurrences and runs. An occurrence is unique on ``(job_uid, slot)``, a run on ``(occurrence, attempt)``."""

    def settle(self, job_uids: Sequence[str], decide: Callable[[LedgerFacts], Settlement], at: datetime) -> list[Run]:
        """Claim: for each job read the facts, decide, and write rows and cursor, all in one transaction.

        ``at`` is when the rows are recorded and the runs queued.
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

    def reclaim(self, job: InventoryJob, slots: Sequence[datetime], at: datetime) -> list[Run]:
        """Queue catch-up runs for slots that were recorded ``skipped_paused``; their range rows shrink or split."""
        ...

    def ready(self, now: datetime, limit: int) -> list[Run]:
        """Queued runs whose ``not_before`` has come, by due time.

        Of a job whose policy is not ``overlap: allow`` only the oldest, and none while another of its runs is running;
        manual runs are held back by neither rule.
        """
        ...

    def next_ready(self, after: datetime) -> datetime | None:
        """The earliest ``not_before`` of a queued run that lies after that moment."""
        ...

    def start(self, run_id: str, owner: str, node: str, at: datetime) -> bool:
        """Compare-and-set ``queued`` → ``running``; False where somebody else was faster or it was cancelled."""
        ...

    def finish(
        self, result: RunResult, owner: str, at: datetime, retry_at: datetime | None = None, reason: str = ""
    ) -> Run | None:
        """Compare-and-set ``running`` of that owner → a final state; None where the row is no longer ours.

        With ``retry_at`` the next attempt is queued for then, in the same transaction, and the occurrence stays open;
        else the occurrence gets its outcome and ``reason``.
        """
        ...

    def orphans(self, owner: str) -> list[Run]:
        """Runs that are ``running`` and belong to somebody else."""
        ...

    def cancel_queued(self, run_id: str, actor: str, reason: str, at: datetime) -> bool:
        """Compare-and-set ``queued`` → ``cancelled``; closes the occurrence."""
        ...

    def request_cancel(self, run_id: str, actor: str, reason: str) -> bool:
        """Ask the owner of a running run to end it; False where it is not running."""
        ...

    def cancel_requests(self, owner: str) -> list[Run]:
        """The owner's running runs that somebody asked to cancel."""
        ...

    def run(self, run_id: str) -> Run | None:
        """One run."""
        ...

    def runs(self, which: RunFilter, *, limit: int = 50, cursor: str | None = None) -> Page[Run]:
        """Runs, newest first."""
        ...

    def latest_runs(self, job_uids: Iterable[str], per_job: int) -> dict[str, list[Run]]:
        """The newest runs of each job, newest first."""
        ...

    def occurrences(self, job_uid: str, *, limit: int = 50, cursor: str | None = None) -> Page[Occurrence]:
        """The rows of a job, newest due time first, with their runs."""
        ...

    def counts(self, since: datetime, until: datetime) -> list[OutcomeCount]:
        """Finished runs that ended in ``(since, until]``, by job and state."""
        ...

    def finished_between(self, since: datetime, until: datetime, limit: int) -> list[Run]:
        """Runs that ended in ``(since, until]``, oldest first."""
        ...

    def forget(self, before: datetime, keep_per_job: int, limit: int) -> int:
        """Drop finished rows older than ``before``, but never the newest ``keep_per_job`` of a job, and no failure
        before the successes of its job; returns how many went."""
        ...


class OutputStore(Protocol):
    """What runs printed."""

    def append(self, lines: Sequence[tuple[str, OutputLine]]) -> None:
        """Keep lines, each with its run id."""
        ...

    def read(self, run_id: str, *, after: int = 0, limit: int = 5000) -> list[OutputLine]:
        """The lines with a ``seq`` greater than ``after``, ascending."""
        ...

    def tail(self, run_id: str, lines: int) -> list[OutputLine]:
        """The last lines, ascending."""
        ...


class OverrideStore(Protocol):
    """Pauses and forced resumes."""

    def add(
        self, job_uid: str, kind: OverrideKind, actor: str, reason: str, at: datetime, until: datetime | None
    ) -> tuple[Override, bool]:
        """Put an override in force; where one of that kind is in force already, it is returned with False."""
        ...

    def end(self, job_uid: str, kind: OverrideKind, actor: str, at: datetime) -> Override | None:
        """End the override in force; None where there is none."""
        ...

    def expire(self, now: datetime) -> list[Override]:
        """Mark those whose ``until`` has passed as ended by ``expiry``; returns the newly ended."""
        ...

    def next_expiry(self, after: datetime) -> datetime | None:
        """The earliest ``until`` in force."""
        ...

    def all(self, *, ended_since: datetime | None = None) -> dict[str, list[Override]]:
        """By ``job_uid``: those in force, and those ended since then if a moment is given."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiManifest:
    """A job definition that was created by REST. ``version`` counts its edits and is its ETag."""

    document: Mapping[str, Any]
    sourced: Sourced
    version: int
    created_at: datetime
    updated_at: datetime
    actor: str


class ManifestStore(Protocol):
    """The definitions that were created by REST; the reconciler reads them like files."""

    def all(self) -> list[ApiManifest]:
        """Those that are neither deleted nor archived."""
        ...

    def find(self, job_id: str) -> ApiManifest | None:
        """One by its id, ignoring case."""
        ...

    def put(
        self, sourced: Sourced, document: Mapping[str, Any], actor: str, at: datetime, expected: int | None
    ) -> ApiManifest:
        """Create (``expected`` 0), replace (``expected`` the version held), or either (None); else ``Conflict``."""
        ...

    def delete(self, job_id: str, actor: str, at: datetime) -> bool:
        """Delete by name; False where there is none. The reconciler then deletes the job unheld."""
        ...

    def archive(self, job_id: str, at: datetime, reason: str) -> None:
        """Put a copy aside because a file took the job over."""
        ...

    def deleted_keys(self) -> frozenset[str]:
        """Keys (lower case) that were deleted by name, until a definition of that name is put again."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A finding, and since when it stands."""

    diagnostic: Diagnostic
    source: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is known of a source. ``applied`` is the revision that was last applied without rest."""

    name: str
    observed: str = ""
    applied: str = ""
    read_at: datetime | None = None
    """When it was last read with success."""
    failure: str = ""
    """Why the latest reading failed; empty where it did not."""
    files: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAction:
    """An action as the record of a sync keeps it."""

    verb: str
    job_id: str
    origin: str
    changed: tuple[str, ...] = ()
    held: str = ""
    """Why a guard keeps it back; empty where it was applied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRecord:
    """The result of a sync. Equal results share one row; ``repeated`` counts them."""

    sync_id: int = 0
    at: datetime
    last_at: datetime
    revision: str
    status: str
    reason: str
    plan_id: str
    summary: str
    actions: tuple[PlannedAction, ...]
    repeated: int = 1


class SyncStore(Protocol):
    """What the reconciler saw and did."""

    def record(
        self,
        record: SyncRecord,
        sources: Sequence[SourceState],
        problems: Sequence[tuple[str, Diagnostic]],
        at: datetime,
    ) -> bool:
        """Keep the result, the state of the sources, and the problems as ``(source, finding)``.

        A problem that stood before keeps its ``since``. Where nothing differs from the newest record, nothing is
        written and False is returned; ``read_at`` alone is written at most every ten seconds.
        """
        ...

    def history(self, *, limit: int = 50, cursor: str | None = None) -> Page[SyncRecord]:
        """Newest first."""
        ...

    def sources(self) -> list[SourceState]:
        """The sources as last recorded."""
        ...

    def problems(self) -> list[Problem]:
        """The findings that stand."""
        ...

    def confirm(self, plan_id: str, actor: str, at: datetime) -> None:
        """Allow the held plan of that id."""
        ...

    def confirmed(self) -> str:
        """The id of the plan that was last allowed; empty where none was."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """A row of the event table that live pages follow."""

    seq: int = 0
    at: datetime
    kind: str
    """A stable name, such as ``run.finished``, ``job.paused`` or ``sync.applied``."""
    job_id: str = ""
    run_id: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to what, why, and how it ended."""

    at: datetime
    actor: str
    action: str
    object: str
    reason: str = ""
    outcome: str = "done"
    entry_id: int = 0


class Journal(Protocol):
    """Events for machines and the audit for people."""

    def publish(self, happenings: Sequence[Happening]) -> None:
        """Append events."""
        ...

    def after(self, seq: int, limit: int = 500) -> list[Happening]:
        """The events with a greater ``seq``, ascending."""
        ...

    def newest(self, limit: int) -> list[Happening]:
        """The newest events, newest first."""
        ...

    def last_seq(self) -> int:
        """The greatest ``seq``; 0 where there is none."""
        ...

    def audit(self, entry: AuditEntry) -> None:
        """Append to the audit."""
        ...

    def audits(self, *, of: str = "", limit: int = 50, cursor: str | None = None) -> Page[AuditEntry]:
        """Newest first; of one object if it is named."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who leads. ``term`` grows with every change of leader."""

    owner: str
    node: str
    pid: int
    pid_started: float
    term: int
    acquired_at: datetime
    expires_at: datetime


class LeaseStore(Protocol):
    """The one lease of the service, on the database's clock."""

    def acquire(self, owner: str, node: str, pid: int, pid_started: float, seconds: float) -> Lease | None:
        """Take a free or expired lease with the next term, or renew one's own; None where another holds it."""
        ...

    def holder(self) -> Lease | None:
        """Who holds it, expired or not."""
        ...

    def release(self, owner: str) -> None:
        """Give it back, if it is ours."""
        ...

    def evict(self, owner: str, term: int) -> None:
        """Expire the lease of a holder that is known to be dead."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMetrics:
    """A collection that a metrics job stored."""

    collection_id: int
    job_id: str
    job_type: str
    collected_at: datetime
    stored_at: datetime
    metrics: Mapping[str, Any]


class BotStore(Protocol):
    """What the embedded bot API keeps: users and collections of metrics."""

    def import_users(self, users: Sequence[Mapping[str, Any]], job_id: str, key: str, at: datetime) -> int:
        """Insert or update users by ``id``; a repeated non-empty ``key`` changes nothing and answers the same count."""
        ...

    def users(self, *, limit: int = 50, cursor: str | None = None) -> Page[Mapping[str, Any]]:
        """The stored users by name."""
        ...

    def users_count(self) -> int:
        """How many users are stored."""
        ...

    def store_metrics(
        self, job_id: str, job_type: str, metrics: Mapping[str, Any], collected_at: datetime, at: datetime
    ) -> int:
        """Keep a collection; returns its id."""
        ...

    def stored_metrics(self, *, limit: int = 50, cursor: str | None = None) -> Page[StoredMetrics]:
        """Newest first."""
        ...


class Database(Protocol):
    """The database as a whole."""

    def migrate(self) -> None:
        """Bring the schema up to date; refuse an unknown newer one."""
        ...

    def check(self) -> str:
        """Empty where it answers, else the reason."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """All stores of one database."""

    database: Database
    inventory: InventoryStore
    ledger: Ledger
    output: OutputStore
    overrides: OverrideStore
    manifests: ManifestStore
    syncs: SyncStore
    journal: Journal
    lease: LeaseStore
    bot: BotStore
