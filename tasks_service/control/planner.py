"""The planner: reads the sources and says what a sync would do. It changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from tasks_service.core.calendar_plan import (
    AppliedCalendar,
    SettledCalendars,
    calendar_changes,
    refuse_unknown,
    settle_calendars,
    sight,
)
from tasks_service.core.errors import SourceUnavailable
from tasks_service.core.override import Override
from tasks_service.core.plan import Delete, Plan, diff, guard
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
from tasks_service.core.stores import Stores

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
    overrides: Mapping[str, Sequence[Override]]
    """By ``job_uid``."""


class Planner:
    """Plans a sync."""

    def __init__(self, *, clock: Clock, sources: Sequence[ManifestSource], stores: Stores) -> None:
        self._clock = clock
        self._sources = tuple(sources)
        self._stores = stores

    def look(self, live: Mapping[str, LiveJob]) -> Outlook:
        """Read every source and compare what they want with ``live``."""
        known = self._stores.inventory.jobs(tombstones_since=self._clock.now() - timedelta(days=TOMBSTONE_DAYS))
        applied = self._stores.calendars.all()
        reading = self._read(known, applied)
        seen = sight(reading.snapshots, applied)
        reading = replace(reading, snapshots=tuple(refuse_unknown(s, seen.names) for s in reading.snapshots))
        now = self._clock.now()
        settled = settle(reading.snapshots, reading.failures, [job for job in known if job.deleted_at is None])
        known_uids = identities(settled.manifests, known)
        uids = {(key := m.manifest.key): known_uids.get(key) or uuid4().hex for m in settled.manifests}
        overrides = self._stores.overrides.all()
        desired = effective(settled, known, overrides, reading.revisions, now, uids)
        plan = guard(
            diff(desired, live, self._deleted_by_name(live)),
            len(live),
            deletions_wait=settled.deletions_wait,
            confirmed=self._stores.syncs.confirmed(),
        )
        return conclude(
            now=now,
            reading=reading,
            applied=applied,
            settled=settled,
            desired=tuple(desired.values()),
            plan=plan,
            live=live,
            overrides=overrides,
        )

    def applied(self) -> dict[str, LiveJob]:
        """The jobs as they were last applied: what a live scheduler holds, or would hold after a restart."""
        return {job.job_uid: job.live for job in self._stores.inventory.jobs()}

    def _read(self, known: Sequence[InventoryJob], calendars: Sequence[AppliedCalendar]) -> Reading:
        held = {job.origin.source for job in known if job.deleted_at is None} | {c.origin.source for c in calendars}
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

    def _deleted_by_name(self, live: Mapping[str, LiveJob]) -> frozenset[str]:
        keys = self._stores.manifests.deleted_keys()
        return frozenset(uid for uid, job in live.items() if job.origin.by_api and job.manifest.key in keys)


def conclude(
    *,
    now: datetime,
    reading: Reading,
    applied: Sequence[AppliedCalendar],
    settled: Settled,
    desired: tuple[DesiredJob, ...],
    plan: Plan,
    live: Mapping[str, LiveJob],
    overrides: Mapping[str, Sequence[Override]],
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
    )


def _held(plan: Plan) -> list[LiveJob]:
    """The jobs that a guard keeps alive: what they refer to stays as well."""
    return [held.action.job for held in plan.held if isinstance(held.action, Delete)]
