"""The planner: reads the sources and says what a sync would do. It changes nothing."""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from tasks_service.control.taking import refusal
from tasks_service.core.calendar_plan import (
    AppliedCalendar,
    SettledCalendars,
    calendar_changes,
    refuse_unknown,
    settle_calendars,
    sight,
)
from tasks_service.core.custody import Custody, Pinned, keep, kept_back, withhold
from tasks_service.core.errors import SourceUnavailable
from tasks_service.core.guards.deletions import guard_deletions
from tasks_service.core.guards.question import changes_of_files
from tasks_service.core.guards.rules import GuardRules
from tasks_service.core.override import Override, OverrideKind, OverrideSet
from tasks_service.core.plan import Action, Delete, Plan, diff
from tasks_service.core.ports import Clock, ManifestSource
from tasks_service.core.state import (
    API_SOURCE,
    DesiredJob,
    InventoryJob,
    LiveJob,
    Settled,
    Snapshot,
    SourceFailure,
    effective,
    identities,
    settle,
)
from tasks_service.core.stores import SourceCommit, Stores

TOMBSTONE_DAYS = 30
"""For so long a deleted job that comes back is the same job: history and overrides return with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the sources said in one look."""

    snapshots: tuple[Snapshot, ...]
    failures: tuple[SourceFailure, ...]
    refused: tuple[Snapshot, ...] = ()
    """What was read and is not taken; each has its failure."""

    @property
    def revisions(self) -> dict[str, str]:
        """The revision of each source that could be read."""
        return {s.source: s.revision for s in self.snapshots}

    @property
    def revision(self) -> str:
        """The revision of the whole, for people: that of the one file source, or all of them."""
        named = {name: rev for name, rev in sorted(self.revisions.items()) if name != API_SOURCE}
        return next(iter(named.values())) if len(named) == 1 else " ".join(f"{n}={r}" for n, r in named.items())

    @property
    def commits(self) -> tuple[SourceCommit, ...]:
        """The commits that were looked at, taken or not."""
        return tuple(
            SourceCommit(source=s.source, commit=s.commit) for s in (*self.snapshots, *self.refused) if s.commit
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """A plan, and all it was made from."""

    at: datetime
    reading: Reading
    settled: Settled
    calendars: SettledCalendars
    desired: tuple[DesiredJob, ...]
    plan: Plan
    live: Mapping[str, LiveJob]
    """What the plan starts from."""
    applied: tuple[AppliedCalendar, ...]
    """The calendars that it starts from."""
    overrides: OverrideSet
    spent: frozenset[str] = frozenset()
    """The confirmations that count no longer once it is carried out."""


class Planner:
    """Plans a sync."""

    def __init__(
        self,
        *,
        clock: Clock,
        sources: Sequence[ManifestSource],
        stores: Stores,
        guards: GuardRules,
        strict: bool = False,
    ) -> None:
        self._clock = clock
        self._strict = strict
        self._guards = guards
        self._sources = tuple(sources)
        self._stores = stores

    def look(self, live: Mapping[str, LiveJob]) -> Outlook:
        """Read every source and compare what they want with ``live``."""
        known = self._stores.inventory.jobs(tombstones_since=self._clock.now() - timedelta(days=TOMBSTONE_DAYS))
        applied = self._stores.calendars.all()
        confirmed = self._stores.syncs.confirmed()
        reading = self._read(known, applied, confirmed)
        seen = sight(reading.snapshots, applied)
        reading = replace(reading, snapshots=tuple(refuse_unknown(s, seen.names) for s in reading.snapshots))
        now = self._clock.now()
        settled = settle(reading.snapshots, reading.failures, [job for job in known if job.deleted_at is None])
        known_uids = identities(settled.manifests, known)
        uids = {(key := m.manifest.key): known_uids.get(key) or uuid4().hex for m in settled.manifests}
        overrides = self._stores.overrides.all()
        manifests = {uids[m.manifest.key]: m.manifest for m in settled.manifests}
        labels = {uid: m.labels for uid, m in ({j.job_uid: j.manifest for j in known} | manifests).items()}
        own = {uid: overrides.of(uid, names) for uid, names in labels.items()}
        files = effective(settled, known, own, reading.revisions, now, uids)
        custody = keep(files, known, overrides, self._pinned(overrides, now), now)
        custody, plan, used = self._guarded(files, custody, known, live, overrides, confirmed, settled, now)
        taken = frozenset(reading.revisions.values())
        spent = confirmed & (taken | {used}) if reading.failures else confirmed
        plan = replace(plan, actions=(*_halts(plan, custody, known, live, own, now), *plan.actions))
        return conclude(
            now=now,
            reading=reading,
            applied=applied,
            settled=settled,
            desired=tuple(custody.desired.values()),
            plan=plan,
            live=live,
            overrides=overrides,
            spent=spent,
        )

    def opens(self, now: datetime) -> datetime | None:
        """When a sync window lets changes through next that wait for it now."""
        return self._guards.opens(now)

    def _guarded(
        self,
        files: Mapping[str, DesiredJob],
        custody: Custody,
        known: Sequence[InventoryJob],
        live: Mapping[str, LiveJob],
        overrides: OverrideSet,
        confirmed: Set[str],
        settled: Settled,
        now: datetime,
    ) -> tuple[Custody, Plan, str]:
        """What guards leave of the change: the jobs as they will be, the plan that makes them so, and which of the
        confirmations let it through."""
        by_name = self._deleted_by_name(live)
        closures = self._guards.closures(now)
        changes, inventory = changes_of_files(custody.desired, live), len(live.keys() | custody.desired.keys())
        withheld = self._guards.withheld(changes, live, inventory, closures, now)
        asked = withheld.asked.keys() - withheld.waiting.keys() - custody.reasons.keys()

        def attempt(*, allowed: bool) -> tuple[Custody, Plan]:
            reasons = withheld.waiting if allowed else withheld.reasons
            kept = withhold(custody, reasons, known, overrides, now)
            plan = guard_deletions(
                self._plan(files, kept, live, by_name, asked, settled.kept),
                len(live.keys() | kept.desired.keys()),
                deletions_wait=settled.deletions_wait,
                window=lambda job: closures.of(job.manifest.labels),
                allowed=allowed,
            )
            return kept, plan

        held = attempt(allowed=False)
        plan_id = held[1].plan_id
        return (*attempt(allowed=True), plan_id) if plan_id in confirmed else (*held, "")

    def _plan(
        self,
        files: Mapping[str, DesiredJob],
        custody: Custody,
        live: Mapping[str, LiveJob],
        by_name: frozenset[str],
        asked: Set[str],
        unheard: Collection[str],
    ) -> Plan:
        """What is done, and what of the files' wishes is kept back."""
        plan = diff(custody.desired, live, by_name)
        return replace(plan, held=kept_back(files, custody, by_name, asked, unheard))

    def applied(self) -> dict[str, LiveJob]:
        """The jobs as they were last applied: what a live scheduler holds, or would hold after a restart."""
        return {job.job_uid: job.live for job in self._stores.inventory.jobs()}

    def _read(
        self, known: Sequence[InventoryJob], calendars: Sequence[AppliedCalendar], confirmed: Set[str]
    ) -> Reading:
        held = {job.origin.source for job in known if job.deleted_at is None} | {c.origin.source for c in calendars}
        recorded = {state.name: state for state in self._stores.syncs.sources()}
        snapshots: list[Snapshot] = []
        failures: list[SourceFailure] = []
        refused: list[Snapshot] = []
        for source in self._sources:
            try:
                snapshot = source.snapshot()
            except SourceUnavailable as error:
                failures.append(SourceFailure(source=source.name, reason=error.message))
                continue
            if not snapshot.files and source.name in held and source.name != API_SOURCE:
                failures.append(_emptied(snapshot))
                refused.append(snapshot)
                continue
            known_state = recorded.get(source.name)
            if failure := refusal(source, snapshot, known_state, confirmed, strict=self._strict):
                failures.append(failure)
                refused.append(snapshot)
            else:
                snapshots.append(snapshot)
        return Reading(snapshots=tuple(snapshots), failures=tuple(failures), refused=tuple(refused))

    def _pinned(self, overrides: OverrideSet, now: datetime) -> Pinned:
        """What each pin in force is about."""
        pins = [o for o in overrides if o.kind is OverrideKind.PIN and o.holds_at(now)]
        return {pin.override_id: self._stores.history.applied_at(pin.as_of) for pin in pins if pin.as_of}

    def _deleted_by_name(self, live: Mapping[str, LiveJob]) -> frozenset[str]:
        keys = self._stores.manifests.deleted_keys()
        return frozenset(uid for uid, job in live.items() if job.origin.by_api and job.manifest.key in keys)


def _emptied(snapshot: Snapshot) -> SourceFailure:
    """More likely a mount or a path that is wrong than a wish."""
    return SourceFailure(
        source=snapshot.source,
        reason="it is empty, although it held jobs; nothing is deleted",
        held=True,
        observed=snapshot.revision,
        commit=snapshot.commit,
    )


def conclude(
    *,
    now: datetime,
    reading: Reading,
    applied: Sequence[AppliedCalendar],
    settled: Settled,
    desired: tuple[DesiredJob, ...],
    plan: Plan,
    live: Mapping[str, LiveJob],
    overrides: OverrideSet,
    spent: frozenset[str] = frozenset(),
) -> Outlook:
    """The outlook on a plan of jobs, with what becomes of the calendars."""
    seen = sight(reading.snapshots, applied)
    calendars = settle_calendars(seen, applied, reading.failures, reading.snapshots, settled, [*desired, *_held(plan)])
    changes = calendar_changes(calendars, applied, desired, live.values(), reading.revisions)
    return Outlook(
        at=now,
        reading=reading,
        settled=replace(settled, problems=(*settled.problems, *calendars.problems)),
        calendars=calendars,
        desired=desired,
        plan=replace(plan, calendars=changes),
        live=live,
        applied=tuple(applied),
        overrides=overrides,
        spent=spent,
    )


def _halts(
    plan: Plan,
    custody: Custody,
    known: Sequence[InventoryJob],
    live: Mapping[str, LiveJob],
    own: Mapping[str, Sequence[Override]],
    now: datetime,
) -> tuple[Action, ...]:
    """Pauses and resumes of the jobs that stay only because their deletion is held: people go on to decide of them."""
    waiting = {job.job_uid: "its deletion is held" for job in _held(plan) if job.job_uid not in custody.desired}
    staying = effective(Settled(manifests=(), kept=waiting, problems=()), known, own, {}, now, {})
    return diff(staying, {uid: live[uid] for uid in staying}, frozenset()).actions


def _held(plan: Plan) -> list[LiveJob]:
    """The jobs that a guard keeps alive: what they refer to stays as well."""
    return [held.action.job for held in plan.held if isinstance(held.action, Delete)]
