"""Scheduler, health and statistics as JSON."""

from typing import Any, Self

from tasks_service.api.shapes.base import Json, Moment, Shape
from tasks_service.api.shapes.syncs import SyncShape
from tasks_service.control.clock_watch import ClockStep
from tasks_service.control.statistics import Performance, Spread, Statistics, TypePerformance
from tasks_service.control.views import Attention, HealthView, SchedulerView
from tasks_service.core.ports import Usage
from tasks_service.core.stores import StoreState


class StoreShape(Shape):
    """A job store: whether it answers, and what should worry whoever runs it."""

    name: str
    status: str
    """``ok`` or ``away``."""
    reason: str
    since: Moment | None
    """When it went away."""
    warnings: list[str]

    @classmethod
    def of(cls, state: StoreState) -> Self:
        """A store of the status desk."""
        return cls(
            name=state.name,
            status="away" if state.trouble else "ok",
            reason=state.trouble,
            since=state.since,
            warnings=list(state.warnings),
        )


class ClockStepShape(Shape):
    """The clock was put back into times that are settled already: until it has passed them, schedules wait."""

    at: Moment
    """When it was put back, as the clock shows since then."""
    by_seconds: float
    """How far; negative."""
    settled_until: Moment
    """Slots up to this time do not fire again."""
    words: str

    @classmethod
    def of(cls, step: ClockStep) -> Self:
        """A step that the watch over the clock saw."""
        return cls(at=step.at, by_seconds=step.by.total_seconds(), settled_until=step.settled_until, words=step.words)


class SchedulerShape(Shape):
    """The scheduler: who leads, when it last ticked, how runs are confined."""

    running: bool
    jobs_count: int
    timezone: str
    job_stores: list[str]
    """The names of the stores, the database first."""
    stores: list[StoreShape]
    executors: list[str]
    tick_age: float | None
    """Seconds since the timer last looked at its jobs."""
    clock_back: ClockStepShape | None
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
            stores=[StoreShape.of(state) for state in view.stores],
            executors=list(view.executors),
            tick_age=view.tick_age,
            clock_back=ClockStepShape.of(view.clock_back) if view.clock_back else None,
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
    stores: dict[str, str]
    """``ok`` or what is wrong, by job store, where there is one beside the database or a job needs one."""
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
            stores=dict(view.stores),
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


class SpreadShape(Shape):
    """Where the middle and the slow end of a figure lie; null without values."""

    p50: float | None
    p95: float | None

    @classmethod
    def of(cls, spread: Spread) -> Self:
        """A spread of the statistics."""
        return cls(p50=spread.p50, p95=spread.p95)


class PerformanceShape(Shape):
    """How runs did in the last 24 hours; rates are null where no run was judged."""

    runs_24h: dict[str, int]
    success_rate_24h: float | None
    failure_rate_24h: float | None
    duration_seconds_24h: SpreadShape
    lateness_seconds_24h: SpreadShape
    """From the due time to the start, of first attempts that the schedule asked for."""
    cpu_seconds_24h: SpreadShape
    peak_memory_bytes_24h: SpreadShape


class TypePerformanceShape(PerformanceShape):
    """The same of one job type, with the number of its live jobs."""

    job_type: str
    jobs: int

    @classmethod
    def of(cls, figures: TypePerformance) -> Self:
        """A job type of the statistics."""
        return cls(job_type=figures.job_type, jobs=figures.jobs, **_performance(figures.performance))


class UsageShape(Shape):
    """What the process that answers uses."""

    cpu_seconds: float
    memory_bytes: int
    open_files: int
    threads: int

    @classmethod
    def of(cls, usage: Usage) -> Self:
        """The usage that the host measured."""
        return cls(
            cpu_seconds=usage.cpu_seconds,
            memory_bytes=usage.memory_bytes,
            open_files=usage.open_files,
            threads=usage.threads,
        )


class StatisticsShape(PerformanceShape):
    """The figures of the dashboard, and what needs a person, worst first."""

    jobs: int
    active: int
    paused: int
    suspended: int
    failing: int
    invalid: int
    running: int
    queued: int
    queue_wait_seconds: float
    """How long the longest waiting of the queued runs could have been started already."""
    median_seconds_24h: float | None
    """The same as ``duration_seconds_24h.p50``."""
    occurrences_24h: dict[str, int]
    """Expected fires by what became of them."""
    job_types: list[TypePerformanceShape]
    last_success: dict[str, Moment | None]
    """Every live job."""
    overrides: int
    oldest_override_seconds: float
    leading: bool
    """Whether the process that answers leads."""
    term: int | None
    tick_age: float | None
    """Seconds since the timer last looked at its jobs; null where this process does not lead."""
    sync: str
    service: UsageShape
    attention: list[AttentionShape]

    @classmethod
    def of(cls, figures: Statistics, attention: list[Attention]) -> Self:
        """The figures of the status desk."""
        numbers: dict[str, Any] = {name: getattr(figures, name) for name in _PLAIN}
        return cls(
            **numbers,
            **_performance(figures.performance),
            median_seconds_24h=figures.performance.duration_seconds_24h.p50,
            occurrences_24h=dict(figures.occurrences_24h),
            job_types=[TypePerformanceShape.of(one) for one in figures.job_types],
            last_success=dict(figures.last_success),
            service=UsageShape.of(figures.service),
            attention=[AttentionShape.of(item) for item in attention],
        )


_PLAIN = (
    *("jobs", "active", "paused", "suspended", "failing", "invalid", "running", "queued", "queue_wait_seconds"),
    *("overrides", "oldest_override_seconds", "leading", "term", "tick_age", "sync"),
)


def _performance(figures: Performance) -> dict[str, Any]:
    """What shapes of a performance have in common."""
    return {
        "runs_24h": dict(figures.runs_24h),
        "success_rate_24h": figures.success_rate_24h,
        "failure_rate_24h": figures.failure_rate_24h,
        "duration_seconds_24h": SpreadShape.of(figures.duration_seconds_24h),
        "lateness_seconds_24h": SpreadShape.of(figures.lateness_seconds_24h),
        "cpu_seconds_24h": SpreadShape.of(figures.cpu_seconds_24h),
        "peak_memory_bytes_24h": SpreadShape.of(figures.peak_memory_bytes_24h),
    }
