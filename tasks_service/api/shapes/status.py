"""Scheduler, health and statistics as JSON."""

from typing import Any, Self

from tasks_service.api.shapes.base import Json, Moment, Shape
from tasks_service.api.shapes.syncs import SyncShape
from tasks_service.control.views import Attention, HealthView, SchedulerView, Statistics


class SchedulerShape(Shape):
    """The scheduler: who leads, when it last ticked, how runs are confined."""

    running: bool
    jobs_count: int
    timezone: str
    job_stores: list[str]
    executors: list[str]
    tick_age: float | None
    """Seconds since the timer last looked at its jobs."""
    leader: Json | None
    members: list[Json]
    """The replicas and workers that give signs of life."""
    sandbox: Json
    sync: SyncShape

    @classmethod
    def of(cls, view: SchedulerView) -> Self:
        """The scheduler of the status desk."""
        return cls(
            running=view.running,
            jobs_count=view.jobs_count,
            timezone=view.timezone,
            job_stores=list(view.job_stores),
            executors=list(view.executors),
            tick_age=view.tick_age,
            leader=dict(view.leader) if view.leader is not None else None,
            members=[dict(member) for member in view.members],
            sandbox=dict(view.sandbox),
            sync=SyncShape.of(view.sync),
        )


class HealthShape(Shape):
    """Whether the service is well: ``healthy``, ``degraded`` or ``unhealthy``."""

    status: str
    scheduler_running: bool
    database: str
    version: str
    sources: dict[str, str]
    auth: str
    """``key`` where a key is needed, else ``disabled``."""
    warnings: list[str]

    @classmethod
    def of(cls, view: HealthView, *, keys_on: bool) -> Self:
        """The health of the status desk."""
        return cls(
            status=view.status,
            scheduler_running=view.scheduler_running,
            database=view.database,
            version=view.version,
            sources=dict(view.sources),
            auth="key" if keys_on else "disabled",
            warnings=list(view.warnings),
        )


class LiveShape(Shape):
    """A sign of life."""

    status: str


class AttentionShape(Shape):
    """One thing that needs a person."""

    kind: str
    severity: str
    title: str
    reason: str
    job_id: str
    run_id: str
    since: Moment | None

    @classmethod
    def of(cls, item: Attention) -> Self:
        """An item of the status desk."""
        return cls(
            kind=item.kind,
            severity=item.severity,
            title=item.title,
            reason=item.reason,
            job_id=item.job_id,
            run_id=item.run_id,
            since=item.since,
        )


class StatisticsShape(Shape):
    """The figures of the dashboard, and what needs a person, worst first."""

    jobs: int
    active: int
    paused: int
    suspended: int
    failing: int
    invalid: int
    running: int
    queued: int
    runs_24h: dict[str, int]
    success_rate_24h: float | None
    median_seconds_24h: float | None
    attention: list[AttentionShape]

    @classmethod
    def of(cls, figures: Statistics, attention: list[Attention]) -> Self:
        """The figures of the status desk."""
        numbers: dict[str, Any] = {name: getattr(figures, name) for name in Statistics.__slots__}
        numbers["runs_24h"] = dict(figures.runs_24h)
        return cls(**numbers, attention=[AttentionShape.of(item) for item in attention])
