"""What API and pages show: plain data, assembled from the stores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tasks_service.control.clock_watch import ClockStep
from tasks_service.control.staleness import Lag
from tasks_service.core.alarm import Alarm, Finding
from tasks_service.core.blame import Blame
from tasks_service.core.calendar import CalendarManifest
from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.expectation import Expectation
from tasks_service.core.manifest import JobManifest
from tasks_service.core.override import Override
from tasks_service.core.preflight import Preflight
from tasks_service.core.run import Run
from tasks_service.core.run_durations import Durations
from tasks_service.core.state import Activity, Origin
from tasks_service.core.stores import PlannedAction, Problem, SourceState, StoreState, SyncRecord


class SyncState(StrEnum):
    """Whether the live job equals its manifest."""

    SYNCED = "Synced"
    OUT_OF_SYNC = "OutOfSync"
    INVALID = "Invalid"
    BLOCKED = "Blocked"
    ORPHANED = "Orphaned"
    UNKNOWN = "Unknown"


class Health(StrEnum):
    """How the runs of a job do."""

    HEALTHY = "Healthy"
    RUNNING = "Running"
    LATE = "Late"
    MISSED = "Missed"
    FAILING = "Failing"
    OVERRUNNING = "Overrunning"
    LOST = "Lost"
    NEVER_RAN = "NeverRan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One of the three states of a job, and why, in words (empty where nothing needs saying)."""

    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSync(Axis):
    """Whether what runs of a job is what its source says, and how far it is behind."""

    lag: Lag | None = None
    """Where it is behind."""

    @property
    def told(self) -> str:
        """The reason, and how far it is behind."""
        return "; ".join(words for words in (self.reason, self.lag.words if self.lag else "") if words)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobHealth(Axis):
    """How a job does, why in words, and as data."""

    since: datetime | None = None
    """When this began: the due time of a late fire, the first failure in a row, the newest success."""
    run_id: str = ""
    """The run that it is about, if it is about one."""
    failures: int = 0
    """How many of the newest runs, one for each occurrence, did not succeed; counted up to 20."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A job as it is now, with writes that still wait for the leader laid over it."""

    job_id: str
    job_uid: str
    manifest: JobManifest
    type_title: str
    schedule_words: str
    next_run_time: datetime | None
    sync: JobSync
    activity: Axis
    health: JobHealth
    override: Override | None
    """The pause or the forced resume in force."""
    kept: Override | None
    """The hold or the pin in force."""
    last_run: Run | None
    recent_runs: tuple[Run, ...]
    """The newest runs, newest first, at most 20."""
    origin: Origin
    revision: str
    applied_at: datetime | None
    problems: tuple[Problem, ...] = ()
    """Findings in its file."""
    blame: Blame | None = None
    """The change with which it began to fail, while it fails."""
    expected: Expectation
    """How late and how long its runs may be."""
    durations: Durations | None
    """How long its newest runs took; None where none has succeeded."""
    findings: tuple[Finding, ...] = ()
    """What is against expectation at this moment."""
    alarms: tuple[Alarm, ...] = ()
    """What of it the leader has recorded and not cleared yet."""
    dry_run: bool = False
    """Whether its type can tell what a run would do."""
    preflight: Preflight | None = None
    """The newest preflight; None where none was made yet."""
    at: datetime
    """The moment that it tells of."""
    version: int | None = None
    """The ETag of a job that the API owns."""

    @property
    def paused(self) -> bool:
        """Whether an override holds it."""
        return self.activity.state == Activity.PAUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideAnswer:
    """What an override of one job did, or would do with ``dry_run``."""

    job: JobView
    changed: bool
    dry_run: bool
    override: Override | None
    next_fire: datetime | None
    """The first fire after it."""
    skipped: tuple[datetime, ...] = ()
    """The fires of the next seven days (at most 20) that are skipped while a pause holds."""
    caught_up: tuple[datetime, ...] = ()
    """The fires of the paused time that are caught up on a resume."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideView:
    """An override, what it concerns, and how it stands at a moment."""

    override: Override
    job_id: str
    """The one job that it is about; empty where it reaches further."""
    jobs: int
    """How many jobs it concerns now."""
    debt: str
    """Why it is override debt; empty where it is none."""
    overdue: bool
    """Whether it is older than an override should become."""
    adoptable: bool
    """Whether a file can say it: it is about one job that a file defines."""
    at: datetime
    """The moment that it tells of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WideAnswer:
    """What was done to an override that is no matter of one job, or would be done with ``dry_run``."""

    view: OverrideView
    changed: bool
    dry_run: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptionView:
    """The overrides of a job as a change of its file."""

    job_id: str
    path: str
    line: int
    """Where the document of the job begins."""
    patch: str
    """A unified diff; empty where the file says it already."""
    text: str
    """The whole file with the change."""
    words: str
    """What the change does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEntryView:
    """A time of a calendar, from ``begin`` up to but without ``end``, and the words in which the ledger names it."""

    begin: datetime
    end: datetime
    label: str
    whole_days: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarView:
    """A calendar that is in force."""

    calendar_id: str
    manifest: CalendarManifest
    entries: tuple[CalendarEntryView, ...]
    """Those of the next year, at most 1,000."""
    more_entries: bool
    """Whether there are more in that time."""
    jobs: tuple[str, ...]
    """The job_ids that refer to it."""
    origin: Origin
    revision: str
    applied_at: datetime
    kept: str
    """Why it is the last good version and not what the files say; empty where it is that."""
    problems: tuple[Problem, ...]
    """Findings in its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTypeView:
    """A job type as forms, docs and API show it."""

    name: str
    title: str
    description: str
    required_params: tuple[str, ...]
    optional_params: tuple[str, ...]
    schema: Mapping[str, Any]
    """JSON Schema of the parameters."""
    preflight: bool
    """Whether it can tell if a run would be able to work."""
    dry_run: bool
    """Whether it can tell what a run would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncView:
    """The state of the whole: ``status`` is one of ``SyncState``."""

    status: SyncState
    reason: str
    revision: str
    last: SyncRecord | None
    """The newest distinct result."""
    sources: tuple[SourceState, ...]
    problems: tuple[Problem, ...]

    @property
    def plan_id(self) -> str:
        """What a confirmation names; empty where guards ask about nothing."""
        return self.last.plan_id if self.last else ""

    @property
    def held(self) -> tuple[PlannedAction, ...]:
        """What waits, and why."""
        return tuple(action for action in self.last.actions if action.held) if self.last else ()

    @property
    def confirmable(self) -> frozenset[str]:
        """All that a person may confirm now: the plan, and the revisions of sources that are held."""
        held = {source.observed for source in self.sources if source.held}
        return frozenset({self.plan_id, *held} - {""})


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulerView:
    """What ``/api/scheduler/info`` answers."""

    running: bool
    jobs_count: int
    timezone: str
    job_stores: tuple[str, ...]
    stores: tuple[StoreState, ...]
    executors: tuple[str, ...]
    tick_age: float | None
    clock_back: ClockStep | None
    leader: Mapping[str, Any] | None
    members: Sequence[Mapping[str, Any]]
    """The replicas and workers that give signs of life."""
    sandbox: Mapping[str, Any]
    sync: SyncView


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthView:
    """What ``/health`` answers. ``status`` is ``healthy``, ``degraded`` or ``unhealthy``."""

    status: str
    scheduler_running: bool
    database: str
    version: str
    sources: Mapping[str, str]
    stores: Mapping[str, str]
    """``ok`` or what is wrong, by job store, where there is one beside the database or a job needs one."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """One thing that needs a person: what, why, and the one action that helps."""

    kind: str
    """The kind of an alarm (``late``, ``missed``, ``overrunning``, ``never_ran``, ``failing``, ``lost``), or
    ``preflight``, ``invalid``, ``blocked``, ``paused``, ``override``, ``store``, ``unknown``."""
    severity: str
    """``bad`` or ``warn``."""
    title: str
    reason: str
    job_id: str = ""
    run_id: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A draft that was checked: its findings, and the job as YAML if there is no error."""

    manifest: JobManifest | None
    yaml: str
    problems: tuple[Diagnostic, ...]
