"""The reconciler: reads the sources, plans, applies, records. Level-triggered: a wake says when to look, never what
changed."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from tasks_service.control.dispatcher import Dispatcher
from tasks_service.control.roster import Roster
from tasks_service.control.views import SyncState
from tasks_service.core.diagnostics import errors
from tasks_service.core.errors import SourceUnavailable
from tasks_service.core.firing import next_fire
from tasks_service.core.plan import Action, Create, Delete, Plan, Update, diff, guard
from tasks_service.core.ports import Clock, ManifestSource, Timer
from tasks_service.core.state import (
    API_SOURCE,
    DesiredJob,
    InventoryJob,
    LiveJob,
    Settled,
    Snapshot,
    SourceFailure,
    effective,
    settle,
    unidentified,
)
from tasks_service.core.stores import Happening, PlannedAction, SourceState, Stores, SyncRecord

log = logging.getLogger(__name__)

TOMBSTONE_DAYS = 30
"""For so long a deleted job that comes back is the same job: history and overrides return with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the sources said in one look."""

    snapshots: tuple[Snapshot, ...]
    failures: tuple[SourceFailure, ...]

    @property
    def revisions(self) -> dict[str, str]:
        """The revision of each source that could be read."""
        return {s.source: s.revision for s in self.snapshots}

    @property
    def revision(self) -> str:
        """The revision of the whole, for people: that of the one file source, or all of them."""
        named = {name: rev for name, rev in sorted(self.revisions.items()) if name != API_SOURCE}
        return next(iter(named.values())) if len(named) == 1 else " ".join(f"{n}={r}" for n, r in named.items())


class Reconciler:
    """Makes the live jobs equal the desired ones."""

    def __init__(
        self,
        *,
        clock: Clock,
        sources: Sequence[ManifestSource],
        timer: Timer,
        roster: Roster,
        dispatcher: Dispatcher,
        stores: Stores,
        interval: timedelta,
    ) -> None:
        self._clock = clock
        self._sources = tuple(sources)
        self._timer = timer
        self._roster = roster
        self._dispatcher = dispatcher
        self._inventory = stores.inventory
        self._overrides = stores.overrides
        self._manifests = stores.manifests
        self._syncs = stores.syncs
        self._journal = stores.journal
        self._interval = interval

    def load(self) -> None:
        """Put the jobs as they were last applied into the timer, so that diff and guard see what was live before."""
        now = self._clock.now()
        jobs = [_live(job) for job in self._inventory.jobs()]
        self._roster.replace(jobs)
        for job in jobs:
            self._timer.put(job, now)

    def step(self) -> float:
        """Expire overrides, sync, and say in how many seconds to look again."""
        self._expire_overrides()
        self.sync()
        now = self._clock.now()
        upcoming = self._overrides.next_expiry(now)
        pause = self._interval.total_seconds()
        return pause if upcoming is None else max(0.0, min(pause, (upcoming - now).total_seconds()))

    def sync(self) -> Plan:
        """One pass: read, plan, apply, record."""
        known = self._inventory.jobs(tombstones_since=self._clock.now() - timedelta(days=TOMBSTONE_DAYS))
        reading = self._read(known)
        now = self._clock.now()
        settled, plan = self._plan(reading, known, now)
        if plan.actions:
            self._apply(plan.actions, now)
        self._dispatcher.settle(self._roster.uids(halted=True))
        self._record(reading, settled, plan, now)
        self._archive(settled, now)
        return plan

    def _read(self, known: Sequence[InventoryJob]) -> Reading:
        held = {job.origin.source for job in known if job.deleted_at is None}
        snapshots: list[Snapshot] = []
        failures: list[SourceFailure] = []
        for source in self._sources:
            try:
                snapshot = source.snapshot()
            except SourceUnavailable as error:
                failures.append(SourceFailure(source=source.name, reason=error.message))
                continue
            if not snapshot.files and source.name in held and source.name != API_SOURCE:
                failures.append(
                    SourceFailure(source=source.name, reason="it is empty, although it held jobs; nothing is deleted")
                )
            else:
                snapshots.append(snapshot)
        return Reading(snapshots=tuple(snapshots), failures=tuple(failures))

    def _plan(self, reading: Reading, known: Sequence[InventoryJob], now: datetime) -> tuple[Settled, Plan]:
        alive = [job for job in known if job.deleted_at is None]
        settled = settle(reading.snapshots, reading.failures, alive)
        fresh = {key: uuid4().hex for key in unidentified(settled, known)}
        desired = effective(settled, known, self._overrides.all(), reading.revisions, now, fresh)
        live = self._timer.live()
        by_name = self._deleted_by_name(live)
        plan = guard(
            diff(desired, live, by_name),
            len(live),
            deletions_wait=settled.deletions_wait,
            confirmed=self._syncs.confirmed(),
        )
        return settled, plan

    def _deleted_by_name(self, live: dict[str, LiveJob]) -> frozenset[str]:
        keys = self._manifests.deleted_keys()
        return frozenset(uid for uid, job in live.items() if job.origin.by_api and job.manifest.key in keys)

    def _apply(self, actions: Sequence[Action], now: datetime) -> None:
        """SQL first: whatever is interrupted, a restart loads what was committed and plans the rest again."""
        before = [a.job.job_uid for a in actions if not isinstance(a, Create)]
        self._dispatcher.settle(before, until=now)
        upcoming = {a.job.job_uid: _next_due(a, now) for a in actions}
        self._inventory.apply(actions, now, upcoming)
        for action in actions:
            self._apply_live(action, now)
        self._journal.publish([_happening(action, now) for action in actions])
        log.info(
            "Applied %d actions: %s",
            len(actions),
            ", ".join(f"{a.verb} {a.job_id}" for a in actions[:20]),
            extra={"event": "sync.applied"},
        )

    def _apply_live(self, action: Action, now: datetime) -> None:
        if isinstance(action, Delete):
            self._timer.remove(action.job.job_uid)
            self._roster.remove(action.job.job_uid)
            if action.job.manifest.policy.on_delete == "cancel":
                self._dispatcher.cancel_job(action.job.job_uid, "the job was deleted, and policy.on_delete is cancel")
            return
        job = _live_of(action.job)
        self._timer.put(job, now)
        self._roster.put(job)

    def _expire_overrides(self) -> None:
        now = self._clock.now()
        ended = self._overrides.expire(now)
        names = {job.job_uid: job.manifest.job_id for job in self._inventory.jobs()} if ended else {}
        self._journal.publish(
            [
                Happening(
                    at=now,
                    kind="override.expired",
                    job_id=names.get(o.job_uid, ""),
                    data={"kind": o.kind.value, "actor": o.actor, "reason": o.reason},
                )
                for o in ended
            ]
        )

    def _archive(self, settled: Settled, now: datetime) -> None:
        """Where a file and the API have one job, the file wins and the API's copy is put aside."""
        files = {m.manifest.key: m.origin for m in settled.manifests if not m.origin.by_api}
        for stored in self._manifests.all():
            if origin := files.get(stored.sourced.manifest.key):
                job_id = stored.sourced.manifest.job_id
                self._manifests.archive(job_id, now, f"{origin} took the job over")
                self._journal.publish(
                    [Happening(at=now, kind="job.adopted", job_id=job_id, data={"file": str(origin)})]
                )

    def _record(self, reading: Reading, settled: Settled, plan: Plan, now: datetime) -> None:
        status, reason = _status(reading, settled, plan)
        waiting = (*_held(plan), *_kept(settled, self._roster))
        record = SyncRecord(
            at=now,
            last_at=now,
            revision=reading.revision,
            status=status.value,
            reason=reason,
            plan_id=plan.plan_id if plan.held else "",
            summary=plan.summary,
            actions=(*_applied(plan), *waiting),
        )
        last = next(iter(self._syncs.history(limit=1).items), None)
        if last and not plan.actions and _same_result(last, record):
            record = last
        problems = [(s.source, d) for s in reading.snapshots for d in s.problems]
        duplicates = set(settled.problems) - {d for _, d in problems}
        problems += [("", d) for d in sorted(duplicates, key=str)]
        self._syncs.record(record, _source_states(reading, status), problems, now)


def _source_states(reading: Reading, status: SyncState) -> list[SourceState]:
    clean = status is SyncState.SYNCED
    read = [
        SourceState(
            name=s.source,
            observed=s.revision,
            applied=s.revision if clean else "",
            read_at=s.read_at,
            files=s.files,
        )
        for s in reading.snapshots
    ]
    return read + [SourceState(name=f.source, failure=f.reason) for f in reading.failures]


def _status(reading: Reading, settled: Settled, plan: Plan) -> tuple[SyncState, str]:
    if reading.failures:
        return SyncState.UNKNOWN, "; ".join(f"{f.source}: {f.reason}" for f in reading.failures)
    if plan.held:
        reasons = sorted({h.reason for h in plan.held})
        return SyncState.BLOCKED, f"{len(plan.held)} deletion(s) held: {'; '.join(reasons)}"
    if broken := errors(settled.problems):
        return SyncState.INVALID, f"{len(broken)} error(s), the first: {broken[0]}"
    return SyncState.SYNCED, ""


def _same_result(last: SyncRecord, record: SyncRecord) -> bool:
    """Whether a sync that had nothing to apply found the world as the last one left it."""
    waiting = tuple(a for a in last.actions if a.held)
    return (last.revision, last.status, last.reason, last.plan_id, waiting) == (
        record.revision,
        record.status,
        record.reason,
        record.plan_id,
        record.actions,
    )


def _applied(plan: Plan) -> list[PlannedAction]:
    return [
        PlannedAction(
            verb=a.verb,
            job_id=a.job_id,
            origin=str(a.job.origin),
            changed=a.changed if isinstance(a, Update) else (),
        )
        for a in plan.actions
    ]


def _held(plan: Plan) -> list[PlannedAction]:
    return [
        PlannedAction(verb=h.action.verb, job_id=h.action.job_id, origin=str(h.action.job.origin), held=h.reason)
        for h in plan.held
    ]


def _kept(settled: Settled, roster: Roster) -> list[PlannedAction]:
    """The jobs whose last good manifest stays in force, as actions of the verb ``keep``."""
    found = [(roster.find(uid), reason) for uid, reason in sorted(settled.kept.items())]
    return [
        PlannedAction(verb="keep", job_id=job.manifest.job_id, origin=str(job.origin), held=reason)
        for job, reason in found
        if job
    ]


def _live(job: InventoryJob) -> LiveJob:
    return LiveJob(job_uid=job.job_uid, manifest=job.manifest, origin=job.origin, halted=job.halted)


def _live_of(job: DesiredJob) -> LiveJob:
    return LiveJob(job_uid=job.job_uid, manifest=job.manifest, origin=job.origin, halted=job.halted)


def _next_due(action: Action, now: datetime) -> datetime | None:
    if isinstance(action, Delete) or action.job.halted:
        return None
    return next_fire(action.job.manifest.schedule, now)


def _happening(action: Action, now: datetime) -> Happening:
    changed = list(action.changed) if isinstance(action, Update) else []
    return Happening(
        at=now,
        kind=f"job.{action.verb}d",
        job_id=action.job_id,
        data={"origin": str(action.job.origin), "changed": changed},
    )
