"""Occurrences, runs, and the two messages that cross the border to a child process or a remote worker."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tasks_service.core.artifact import ARTIFACT_LIMIT, Artifact
from tasks_service.core.confinement import Level
from tasks_service.core.previous_success import PreviousSuccess


class RunState(StrEnum):
    """The life of one attempt."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    LOST = "lost"

    @property
    def final(self) -> bool:
        """Whether nothing can follow."""
        return self not in (RunState.QUEUED, RunState.RUNNING)


class Outcome(StrEnum):
    """What became of an occurrence. Exactly one of these ends each of them."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    LOST = "lost"
    CANCELLED = "cancelled"
    SKIPPED_OVERLAP = "skipped_overlap"
    SKIPPED_CALENDAR = "skipped_calendar"
    SKIPPED_PAUSED = "skipped_paused"
    SKIPPED_SUSPENDED = "skipped_suspended"
    MISSED_DEADLINE = "missed_deadline"
    MISSED_DOWN = "missed_down"
    COALESCED = "coalesced"
    SUPERSEDED = "superseded"


class Trigger(StrEnum):
    """Why an occurrence exists."""

    SCHEDULE = "schedule"
    CATCH_UP = "catch_up"
    MANUAL = "manual"
    BACKFILL = "backfill"
    """Somebody asked for a slot of the past; it gives way to all other runs."""


class Message(BaseModel):
    """A message between processes: closed, so that a stray field is an error and not a surprise."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(Message):
    """What one run may use; sizes in bytes, times in seconds."""

    wall_seconds: float
    cpu_seconds: float
    memory_bytes: int
    processes: int
    output_bytes: int
    disk_bytes: int = 1024**3
    """What the files of a run may take."""
    grace_seconds: float = 5.0
    """Time between TERM and KILL."""
    artifact_bytes: int = ARTIFACT_LIMIT
    """Of the files that are kept with the run."""


class BotApi(Message):
    """Where the child finds the bot API. Without ``url`` it speaks through the inherited relay socket."""

    url: str = ""
    key: str = Field(default="", repr=False)


class Purpose(StrEnum):
    """What a child is asked to do."""

    RUN = "run"
    PREFLIGHT = "preflight"
    """Tell whether a run would be able to work, without doing the work. It is no run, and no ledger knows of it."""


class RunRequest(Message):
    """Everything a child needs. It carries secrets and therefore never touches a disk or a command line."""

    run_id: str
    job_id: str
    job_type: str
    parameters: dict[str, Any]
    due_at: datetime
    attempt: int
    limits: Limits
    purpose: Purpose = Purpose.RUN
    dry_run: bool = False
    network: bool = False
    """Whether it may speak to the network; levels below S3 do not ask."""
    isolation: Level | None = None
    """The level that its manifest requires, if any."""
    fresh_interpreter: bool = False
    """Whether the type must not share what the zygote has loaded."""
    secrets: dict[str, str] = Field(default_factory=dict, repr=False)
    bot_api: BotApi = Field(default_factory=BotApi)
    settings: dict[str, str] = Field(default_factory=dict)
    """What the job type may know of the configuration, such as SLACK_API_BASE_URL; never secret."""
    previous_success: PreviousSuccess | None = None
    """Of a job type that asks for it; None where there is none."""


class RunError(Message):
    """Why a run did not succeed."""

    type: str
    message: str
    traceback: str = ""


class RunResult(Message):
    """How an attempt ended, and what it cost."""

    run_id: str
    state: RunState
    result: dict[str, Any] | None = None
    error: RunError | None = None
    exit_code: int | None = None
    signal: str | None = None
    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = None
    output_bytes: int | None = None
    """All that was printed, kept or not."""
    isolation: str = ""
    """The level it was confined to, such as S3+R; empty where it never began."""
    start_seconds: float | None = None
    """From being given to the executor to the first line of job code; None where that was not reached, or told."""
    artifacts: tuple[Artifact, ...] = ()
    """The files that it left."""
    remarks: tuple[str, ...] = ()
    """What the service has to say below its output."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputLine:
    """One captured line. ``seq`` counts from 1 within its run, without a gap."""

    seq: int
    at: datetime
    stream: str
    """``stdout``, ``stderr``, or ``system`` for what the service itself has to say."""
    text: str


class RunEnd(Message):
    """The end of a run and all that is still to be written of it: what is spooled while the database is away."""

    result: RunResult
    owner: str
    """The boot id of the process that ran it."""
    at: datetime
    retry_at: datetime | None = None
    reason: str = ""
    lines: tuple[OutputLine, ...] = ()
    """Output that has not been kept yet."""


def slot_of(due_at: datetime) -> str:
    """The key of a scheduled occurrence: its due time in ISO 8601, in UTC."""
    return due_at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One attempt of one occurrence, as the ledger keeps it. All times are UTC."""

    run_id: str
    job_uid: str
    job_id: str
    job_type: str
    slot: str
    """The occurrence's key: its due time, or ``manual:<run id>``."""
    due_at: datetime
    attempt: int
    trigger: Trigger
    state: RunState
    digest: str
    revision: str
    parameters: dict[str, Any]
    dry_run: bool = False
    """It tells what it would do, and does nothing else; nothing that judges a job looks at it."""
    queued_at: datetime
    not_before: datetime
    """The earliest start: the due time plus jitter and spread, or the end of a retry's wait."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    owner: str = ""
    """The boot id of the process that started it."""
    node: str = ""
    actor: str = ""
    """Who asked for a manual run."""
    cancel_requested_by: str = ""
    cancel_reason: str = ""
    result: dict[str, Any] | None = None
    error: RunError | None = None
    exit_code: int | None = None
    signal: str | None = None
    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = None
    output_bytes: int | None = None
    isolation: str = ""
    """The level it was confined to, such as S3+R; empty where it never began, or ended before levels were recorded."""
    start_seconds: float | None = None
    """From being given to the executor to the first line of job code."""

    @property
    def duration_seconds(self) -> float | None:
        """Wall time from start to end; a clock that was set back makes it 0, never less."""
        if self.started_at is None or self.finished_at is None:
            return None
        return max(0.0, (self.finished_at - self.started_at).total_seconds())

    @property
    def lateness_seconds(self) -> float | None:
        """How long after its due time it started."""
        return None if self.started_at is None else (self.started_at - self.due_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """A row of the ledger: one expected fire, or a range of consecutive ones that nothing came of."""

    job_uid: str
    job_id: str
    slot: str
    due_at: datetime
    until: datetime
    """The last due time of the range; equal to ``due_at`` for a single one."""
    count: int
    trigger: Trigger
    outcome: Outcome | None
    """None while an attempt is queued or running."""
    reason: str
    digest: str
    revision: str
    recorded_at: datetime
    runs: tuple[Run, ...] = field(default=())
