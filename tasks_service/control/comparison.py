"""Two states of manifests compared, without live jobs, overrides and clocks of a service."""

from collections.abc import Iterator
from datetime import datetime

from tasks_service.control.planner import Outlook, Reading, conclude
from tasks_service.core.calendar_plan import AppliedCalendar, refuse_unknown, sight, single_calendars
from tasks_service.core.guards.deletions import guard_deletions
from tasks_service.core.override import OverrideSet
from tasks_service.core.plan import diff
from tasks_service.core.state import (
    InventoryJob,
    Snapshot,
    SourceFailure,
    effective,
    identities,
    settle,
    without_duplicates,
)


def compare(before: Snapshot, after: Snapshot, now: datetime) -> Outlook:
    """What a sync would do at ``now`` where exactly ``before`` was live, and ``after`` is what the source shows."""
    applied = _calendars(before, now)
    known = list(_jobs(before, now))
    if known and not after.files:
        failure = SourceFailure(source=after.source, reason="it is empty, although it held jobs; nothing is deleted")
        reading = Reading(snapshots=(), failures=(failure,))
    else:
        names = sight([after], applied).names
        reading = Reading(snapshots=(refuse_unknown(after, names),), failures=())
    settled = settle(reading.snapshots, reading.failures, known)
    same = identities(settled.manifests, known)
    uids = {m.manifest.key: same.get(m.manifest.key, f"new {m.manifest.key}") for m in settled.manifests}
    desired = effective(settled, known, {}, reading.revisions, now, uids)
    live = {job.job_uid: job.live for job in known}
    plan = guard_deletions(diff(desired, live, frozenset()), len(live), deletions_wait=settled.deletions_wait)
    return conclude(
        now=now,
        reading=reading,
        applied=applied,
        settled=settled,
        desired=tuple(desired.values()),
        plan=plan,
        live=live,
        overrides=OverrideSet(),
    )


def _jobs(snapshot: Snapshot, now: datetime) -> Iterator[InventoryJob]:
    """The jobs that would be live: those whose name is theirs alone, and that refer to calendars of the snapshot."""
    names = {c.calendar.key: c.calendar.calendar_id for c in single_calendars(snapshot.calendars)[0]}
    for item in without_duplicates(refuse_unknown(snapshot, names).manifests)[0]:
        yield InventoryJob(
            job_uid=item.manifest.key,
            manifest=item.manifest,
            origin=item.origin,
            revision=snapshot.revision,
            applied_at=now,
            cursor=now,
            halted=item.manifest.suspend,
        )


def _calendars(snapshot: Snapshot, now: datetime) -> list[AppliedCalendar]:
    return [
        AppliedCalendar(calendar=item.calendar, origin=item.origin, revision=snapshot.revision, applied_at=now)
        for item in single_calendars(snapshot.calendars)[0]
    ]
