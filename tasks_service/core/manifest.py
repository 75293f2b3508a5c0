"""The manifest: one job definition, as a file holds it and as the API takes it."""

import hashlib
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from tasks_service.core.confinement import Level
from tasks_service.core.document import Document, canonical, meanings
from tasks_service.core.durations import Duration
from tasks_service.core.names import JobId, JobIds, Names, QueueName
from tasks_service.core.schedule import Schedule
from tasks_service.core.sizes import Size

DEFAULT_QUEUE = "default"


class Retry(Document):
    """How often a failed run is tried again."""

    attempts: Annotated[int, Field(ge=0, le=20)] = 0
    """Further tries after the first."""
    delay: Duration = timedelta(seconds=30)
    """The wait before the second try; it doubles each time."""
    max_delay: Duration = timedelta(minutes=10)
    """The longest wait."""
    jitter: Annotated[float, Field(ge=0, le=1)] = 0.1
    """The share of each wait that chance may take off, so that runs that failed together are not tried again together:
    0 is exact, 1 is anything from no wait to the whole."""
    past_next_fire: bool = False
    """Also when the next try would start at or after the next fire, which does the work anyway."""
    on_lost: bool = False
    """Also when the worker fell silent and nobody knows how the run ended."""


class CatchUp(Document):
    """What happens to the fires that a downtime swallowed."""

    policy: Annotated[
        Literal["latest", "all", "none"],
        meanings(
            "The newest fire is run, for all of them.",
            "Every fire is run, up to max_runs.",
            "None is run; the ledger says that the service was down.",
        ),
    ] = "latest"
    deadline: Duration = timedelta(hours=24)
    """Older fires are not caught up."""
    max_runs: Annotated[int, Field(ge=1, le=1000)] = 10
    """The most runs that are caught up with the policy all."""


class Resources(Document):
    """The limits of one run, over its whole tree of processes."""

    memory: Size = 512 * 2**20
    cpu: Duration = timedelta(seconds=300)
    """CPU time, not wall time."""
    processes: Annotated[int, Field(ge=1, le=4096)] = 64
    output: Size = 2**20
    """What is kept of the output; the rest is counted and dropped."""
    disk: Size = 2**30
    """What the files in the run's directory may take."""


class Policy(Document):
    """How runs are carried out."""

    timeout: Duration = timedelta(minutes=10)
    retry: Retry = Field(default_factory=Retry)
    overlap: Annotated[
        Literal["skip", "queue", "allow", "cancel_previous"],
        meanings(
            "The new one is skipped.",
            "One waits until the other has ended; further ones are skipped.",
            "Both run.",
            "The other is cancelled, and the new one starts when it has ended.",
        ),
    ] = "skip"
    """When a run is due while another of the same job is still under way."""
    catch_up: CatchUp = Field(default_factory=CatchUp)
    prune: Annotated[
        Literal["auto", "confirm", "never"],
        meanings("It is deleted.", "It is deleted when somebody confirms.", "It stays."),
    ] = "auto"
    """Whether the job is deleted when its manifest is gone."""
    on_delete: Annotated[Literal["drain", "cancel"], meanings("It finishes.", "It is cancelled.")] = "drain"
    """Whether a run in flight is let finish when the job is deleted."""
    resources: Resources = Field(default_factory=Resources)
    isolation: Level | None = None
    """The least level of the sandbox, from S1 to S4, with which a run may begin; what the installation requires holds
    where it is more."""
    network: bool | None = None
    """Whether a run may use the network, from level S3 on; by default as its job type says."""


class Expect(Document):
    """What counts as late or as overrunning."""

    grace: Duration | None = None
    """How much later than it could a run may start before the job counts as late; by default derived from the time
    between two fires and from recorded delays, at least a minute."""
    max_runtime: Duration | None = None
    """How long a run may last before the job counts as overrunning; by default three times what 95 of 100 recorded runs
    stay within, at most its timeout."""


class Notify(Document):
    """Who is told of failures."""

    on_failure: bool = False
    after: Annotated[int, Field(ge=1, le=1000)] = 1
    """Failures in a row before anybody is told."""
    on_recovery: bool = False
    channels: Names = Field(default_factory=list)


class JobManifest(Document):
    """A job: what runs, when, and under which rules."""

    job_id: JobId
    """Unique over all sources, ignoring case."""
    job_type: str
    """The name of a registered job type."""
    description: Annotated[str, StringConstraints(max_length=2000)] = ""
    owner: Annotated[str, StringConstraints(max_length=200)] = ""
    labels: dict[str, str] = Field(default_factory=dict)
    schedule: Schedule
    parameters: dict[str, Any] = Field(default_factory=dict)
    """Validated by the job type."""
    suspend: bool = False
    suspend_reason: Annotated[str, StringConstraints(max_length=2000)] = ""
    """Needed where suspend is true."""
    policy: Policy = Field(default_factory=Policy)
    expect: Expect = Field(default_factory=Expect)
    notify: Notify = Field(default_factory=Notify)
    queue: QueueName = DEFAULT_QUEUE
    """Which workers carry the runs out, where the service sends them to workers (EXECUTOR=celery)."""
    store: Annotated[
        Literal["sql", "redis"],
        meanings("In the database.", "In Redis (REDIS_URL), folded into the database in batches."),
    ] = "sql"
    """Where claims, cursor and recent runs of the job live."""
    previous_ids: JobIds = Field(default_factory=list)
    """Earlier names: history, overrides and phase move with the job."""

    @model_validator(mode="after")
    def _suspended_for_a_reason(self) -> Self:
        if self.suspend and not self.suspend_reason.strip():
            raise PydanticCustomError("suspend_reason", "suspend: true needs a suspend_reason")
        return self

    @cached_property
    def key(self) -> str:
        """The job_id as it is compared: case does not count."""
        return self.job_id.lower()

    @cached_property
    def digest(self) -> str:
        """Hash of the canonical form: equal for manifests that mean the same."""
        return _digest(self.model_dump(mode="json"))

    @cached_property
    def schedule_digest(self) -> str:
        """Hash of the schedule alone: where it is equal, no fire time may move."""
        return _digest(self.schedule.model_dump(mode="json"))


def _digest(value: Any) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()


UNUSED_KEYS: dict[str, str] = {
    "notify": "notifications follow in a later version",
}
"""Keys that are accepted and do nothing yet; each gives the warning JM014."""
