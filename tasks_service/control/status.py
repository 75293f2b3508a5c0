"""The state of the whole: scheduler, health, sync, statistics, and what needs a person."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tasks_service import __version__
from tasks_service.control.attention import concerns, override_concerns
from tasks_service.control.catalog import Catalog
from tasks_service.control.clock_watch import ClockStep
from tasks_service.control.override_desk import OverrideDesk
from tasks_service.control.routed_ledger import SECOND
from tasks_service.control.routed_stores import stores_away
from tasks_service.control.staleness import stale
from tasks_service.control.statistics import Statistics, age, broken_files, by_type, performance, words
from tasks_service.control.views import (
    Attention,
    Health,
    HealthView,
    JobView,
    SchedulerView,
    SyncState,
    SyncView,
)
from tasks_service.core.diagnostics import errors
from tasks_service.core.errors import StoreUnavailable, TasksError
from tasks_service.core.ports import Clock, SandboxInfo, Usage
from tasks_service.core.state import Activity
from tasks_service.core.stores import AuditEntry, Page, Sighting, SourceState, Stores, StoreState, SyncRecord

_STUCK_TICK_SECONDS = 10.0
_SAMPLE = 5000
"""The newest runs of the last day, from which percentiles are taken."""
_ELSEWHERE = SandboxInfo(level="unknown", facts={"why": "this process does not lead, so no run begins here"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What this process knows of itself."""

    leading: Callable[[], bool]
    tick_age: Callable[[], float]
    clock_back: Callable[[], ClockStep | None]
    """The step that put the clock back into times that are settled already."""
    usage: Callable[[], Usage]
    sandbox: Callable[[], SandboxInfo]
    wake: Callable[[], None]
    poke: Callable[[], None]
    """Have the sources that lie elsewhere looked at."""
    timezone: str
    executors: tuple[str, ...]
    database_kind: str
    warnings: Sequence[str]
    interval: timedelta


class Status:
    """Reads that concern no single job."""

    def __init__(
        self, *, clock: Clock, catalog: Catalog, stores: Stores, pulse: Pulse, overrides: OverrideDesk
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._stores = stores
        self._pulse = pulse
        self._overrides = overrides

    def scheduler(self) -> SchedulerView:
        """For ``/api/scheduler/info``."""
        leading = self._pulse.leading()
        sandbox = self._sandbox() if leading else _ELSEWHERE
        states = self._states()
        return SchedulerView(
            running=self._running(),
            jobs_count=self._catalog.count(),
            timezone=self._pulse.timezone,
            job_stores=tuple(state.name for state in states),
            stores=states,
            executors=self._pulse.executors,
            tick_age=self._pulse.tick_age() if leading else None,
            clock_back=self._pulse.clock_back(),
            leader=self._leader(),
            members=[_told(sighting) for sighting in self._stores.members.all()],
            sandbox={"level": sandbox.level, **sandbox.facts},
            sync=self.sync(),
        )

    def health(self) -> HealthView:
        """For ``/health``; never raises."""
        trouble = self._stores.database.check()
        running = not trouble and self._running()
        sources = {} if trouble else self._source_words()
        stores = {} if trouble else self._store_words()
        step = self._pulse.clock_back()
        degraded = step is not None or any(word != "ok" for word in (*sources.values(), *stores.values()))
        second = self._stores.second
        doubts = second.state().warnings if second else ()
        return HealthView(
            status="unhealthy" if trouble or not running else "degraded" if degraded else "healthy",
            scheduler_running=running,
            database=trouble or "ok",
            version=__version__,
            sources=sources,
            stores=stores,
            warnings=(*self._pulse.warnings, *doubts, *([step.words] if step else [])),
        )

    def sync(self) -> SyncView:
        """For ``/api/sync``."""
        last = next(iter(self._stores.syncs.history(limit=1).items), None)
        sources = tuple(self._stores.syncs.sources())
        status, reason = self._judged((last.status, last.reason) if last else None, sources)
        return SyncView(
            status=status,
            reason=reason,
            revision=last.revision if last else "",
            last=last,
            sources=sources,
            problems=tuple(self._stores.syncs.problems()),
        )

    def sync_state(self) -> SyncState:
        """The state of the whole alone, which is quick after a sync of many actions, too."""
        return self._judged(self._stores.syncs.verdict(), self._stores.syncs.sources())[0]

    def sync_history(self, *, limit: int = 50, cursor: str | None = None) -> Page[SyncRecord]:
        """Distinct sync results, newest first."""
        return self._stores.syncs.history(limit=limit, cursor=cursor)

    def request_sync(self, actor: str, confirm: str = "") -> None:
        """Wake the reconciler, and allow the held plan of that id if one is named."""
        now = self._clock.now()
        if confirm:
            self._stores.syncs.confirm(confirm, actor, now)
        action = "sync.confirm" if confirm else "sync.request"
        self._stores.journal.audit(AuditEntry(at=now, actor=actor, action=action, object=confirm or "all sources"))
        self._pulse.poke()
        self._pulse.wake()

    def hear(self, delivery: str) -> bool:
        """A webhook, known by its signature, says that something was pushed: look soon. False where it came before."""
        fresh = self._stores.syncs.heard(delivery, self._clock.now())
        if fresh:
            self._pulse.poke()
        return fresh

    def statistics(self) -> Statistics:
        """The figures of the dashboard."""
        jobs = self._catalog.jobs()
        now = self._clock.now()
        day = now - timedelta(days=1)
        ledger, pulse = self._stores.ledger, self._pulse
        counts, sample = ledger.counts(day, now), ledger.endings(day, now, _SAMPLE)
        backlog, standing = ledger.backlog(now), self._stores.overrides.standing(now)
        lease, leading = self._stores.lease.holder(), pulse.leading()
        return Statistics(
            jobs=len(jobs),
            active=_count(jobs, Activity.ACTIVE),
            paused=_count(jobs, Activity.PAUSED),
            suspended=_count(jobs, Activity.SUSPENDED),
            failing=sum(job.health.state == Health.FAILING for job in jobs),
            invalid=len(broken_files(self._stores.syncs.problems())),
            running=backlog.running,
            queued=backlog.queued,
            queue_wait_seconds=age(backlog.waiting_since, now),
            performance=performance(counts, sample),
            job_types=by_type((job.manifest.job_type for job in jobs), counts, sample),
            occurrences_24h=words(ledger.outcomes(day, now)),
            last_success={job.job_id: job.at for job in ledger.last_successes()},
            overrides=sum(kind.count for kind in standing),
            oldest_override_seconds=age(min((kind.oldest for kind in standing), default=None), now),
            leading=leading,
            term=lease.term if lease else None,
            tick_age=pulse.tick_age() if leading else None,
            sync=self.sync_state(),
            service=pulse.usage(),
        )

    def attention(self) -> list[Attention]:
        """What needs a person, worst first."""
        jobs = self._catalog.jobs()
        found = [item for job in jobs for item in concerns(job)]
        found += override_concerns(self._overrides.in_force())
        sync = self.sync()
        if sync.status in (SyncState.BLOCKED, SyncState.UNKNOWN):
            kind = sync.status.value.lower()
            found.append(Attention(kind=kind, severity="bad", title="Syncing", reason=sync.reason))
        found += self._stores_in_trouble(jobs)
        invalid = [job for job in jobs if job.sync.state == SyncState.INVALID]
        known = {problem.diagnostic.path for job in invalid for problem in job.problems}
        for problem in sync.problems:
            finding = problem.diagnostic
            if finding.severity == "error" and finding.path not in known:
                known.add(finding.path)
                found.append(
                    Attention(
                        kind="invalid",
                        severity="bad",
                        title=finding.path,
                        reason=f"{finding.place}: {finding.message}",
                        since=problem.since,
                    )
                )
        return sorted(found, key=lambda item: (item.severity != "bad", item.title))

    def _running(self) -> bool:
        """This process leads and its timer ticks, or another one leads."""
        if self._pulse.leading():
            return self._pulse.tick_age() < _STUCK_TICK_SECONDS
        return self._leader() is not None

    def _sandbox(self) -> SandboxInfo:
        try:
            return self._pulse.sandbox()
        except TasksError as error:
            return SandboxInfo(level="unknown", facts={"why": error.message})

    def _leader(self) -> Mapping[str, str | int] | None:
        lease = self._stores.lease.holder()
        if lease is None or lease.expires_at < self._clock.now():
            return None
        return {"node": lease.node, "pid": lease.pid, "term": lease.term, "since": lease.acquired_at.isoformat()}

    def _judged(self, verdict: tuple[str, str] | None, sources: Sequence[SourceState]) -> tuple[SyncState, str]:
        """Status and reason: the verdict of the last sync, unless a source was not read for long."""
        if verdict is None:
            return SyncState.UNKNOWN, "no sync has finished yet"
        now = self._clock.now()
        for source in sources:
            if since := stale(source, now, self._pulse.interval):
                return SyncState.UNKNOWN, f"source {source.name} was {since}"
        return SyncState(verdict[0]), verdict[1]

    def _source_words(self) -> dict[str, str]:
        try:
            sources = self._stores.syncs.sources()
            broken = errors(p.diagnostic for p in self._stores.syncs.problems())
        except StoreUnavailable:
            return {}
        words = {s.name: s.failure or s.trouble or "ok" for s in sources}
        if broken:
            words["manifests"] = f"{len(broken)} error(s)"
        return words

    def _states(self) -> tuple[StoreState, ...]:
        """The job stores, the database first."""
        database = StoreState(name=self._pulse.database_kind, trouble=self._stores.database.check())
        second = self._stores.second
        return (database, second.state()) if second else (database,)

    def _store_words(self) -> dict[str, str]:
        """Trouble counts only where a job has it."""
        away = stores_away(self._stores.second)
        if not away:
            return {SECOND: "ok"}
        try:
            return dict(away) if self._stores.archive.kept() else {}
        except StoreUnavailable:
            return {}

    def _stores_in_trouble(self, jobs: Sequence[JobView]) -> list[Attention]:
        """Stores that keep jobs from being claimed."""
        since = self._stores.second.state().since if self._stores.second else None
        found = []
        for name, reason in stores_away(self._stores.second).items():
            waiting = sum(job.manifest.store == name for job in jobs)
            if waiting:
                told = f"{waiting} job(s) with store: {name} cannot be claimed: {reason}"
                found.append(Attention(kind="store", severity="bad", title=name.title(), reason=told, since=since))
        return found


def _told(sighting: Sighting) -> Mapping[str, Any]:
    member = sighting.member
    own = {"node": member.node, "pid": member.pid, "role": member.role, "seen_at": sighting.seen_at.isoformat()}
    return own | dict(member.facts)


def _count(jobs: Sequence[JobView], state: Activity) -> int:
    return sum(job.activity.state == state for job in jobs)
