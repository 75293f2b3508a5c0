"""What holds and pins keep of the jobs, whatever the files say."""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from tasks_service.core.history import JobVersion
from tasks_service.core.override import Override, OverrideKind, OverrideSet, in_force
from tasks_service.core.plan import Held, diff
from tasks_service.core.state import Activity, DesiredJob, InventoryJob, LiveJob, Origin, activity

Pinned = Mapping[int, Mapping[str, JobVersion]]
"""By the ``override_id`` of a pin: the version of each job that was in force at the moment it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Custody:
    """The desired jobs with holds and pins regarded, and of each job that they concern why (by ``job_uid``)."""

    desired: Mapping[str, DesiredJob]
    reasons: Mapping[str, str]


def keep(
    wanted: Mapping[str, DesiredJob],
    inventory: Sequence[InventoryJob],
    overrides: OverrideSet,
    pinned: Pinned,
    now: datetime,
) -> Custody:
    """Put what holds and pins keep in the place of what the files want.

    A held job stays as it was applied last, and one that is new waits. A pinned job gets the version of its revision
    under its present name; one that was deleted since comes back, and one that did not exist then is held. Where both
    concern a job, the hold wins. Jobs that the API owns are changed by nobody else and are left out. ``inventory`` may
    hold the tombstones that may be revived.
    """
    known = {job.job_uid: job for job in inventory}
    spelt = {job.manifest.key: job for job in wanted.values()}
    """A job that a pin brings back is called as the file does that takes its name."""
    desired, reasons = dict(wanted), dict[str, str]()
    for uid in sorted(wanted.keys() | known.keys()):
        raw, job = wanted.get(uid), known.get(uid)
        override = _custodian(uid, raw, job, overrides, now)
        if override is None:
            continue
        version = pinned.get(override.override_id, {}).get(uid)
        kept = _pinned(version, raw or spelt.get(version.manifest.key), job) if version else _as_applied(job)
        if raw is None and kept is None:
            continue
        reasons[uid] = override.words
        _put(desired, uid, kept)
    if reasons:
        _part(desired, reasons, known)
    return Custody(
        desired={u: _turned(job, overrides, now, u in reasons) for u, job in desired.items()}, reasons=reasons
    )


def withhold(
    custody: Custody,
    reasons: Mapping[str, str],
    inventory: Sequence[InventoryJob],
    overrides: OverrideSet,
    now: datetime,
) -> Custody:
    """Keep further jobs as they were applied last, for these reasons; what a person decided stays as it is."""
    further = {uid: reason for uid, reason in reasons.items() if uid not in custody.reasons}
    if not further:
        return custody
    known = {job.job_uid: job for job in inventory}
    desired, told = dict(custody.desired), {**custody.reasons, **further}
    for uid in further:
        _put(desired, uid, _as_applied(known.get(uid)))
    _part(desired, told, known)
    return Custody(desired={u: _turned(job, overrides, now, u in told) for u, job in desired.items()}, reasons=told)


def kept_back(
    files: Mapping[str, DesiredJob],
    custody: Custody,
    by_name: frozenset[str],
    asked: Set[str],
    unheard: Collection[str],
) -> tuple[Held, ...]:
    """What the files alone would still do to the jobs in custody once these are as desired, as held actions.

    ``asked`` are those, by ``job_uid``, that a confirmation would let go. Of those that are ``unheard`` the files say
    nothing that could be kept back.
    """
    reasons = {uid: reason for uid, reason in custody.reasons.items() if uid not in unheard}
    running = {
        uid: LiveJob(job_uid=uid, manifest=job.manifest, origin=job.origin, halted=job.halted)
        for uid, job in custody.desired.items()
        if uid in reasons
    }
    wanted = {uid: job for uid, job in files.items() if uid in reasons}
    return tuple(
        Held(action=action, reason=reasons[uid], asks=uid in asked)
        for action in diff(wanted, running, by_name).actions
        for uid in [action.job.job_uid]
    )


def custodian(overrides: Iterable[Override], now: datetime) -> Override | None:
    """The hold, else the pin, among the overrides of a job."""
    found = list(overrides)
    return in_force(found, OverrideKind.HOLD, now) or in_force(found, OverrideKind.PIN, now)


def _custodian(
    uid: str, raw: DesiredJob | None, job: InventoryJob | None, overrides: OverrideSet, now: datetime
) -> Override | None:
    """A job that is known is judged by its labels as applied: an edit does not lead it out of a hold."""
    alive = job if job and job.deleted_at is None else None
    sides = [side for side in (alive, raw) if side] or ([job] if job else [])
    if all(side.origin.by_api for side in sides):
        return None
    return custodian(overrides.of(uid, sides[0].manifest.labels), now)


def _as_applied(job: InventoryJob | None) -> DesiredJob | None:
    """The job as it was applied last; None where it is new or deleted."""
    if job is None or job.deleted_at is not None:
        return None
    return DesiredJob(
        job_uid=job.job_uid, manifest=job.manifest, origin=job.origin, revision=job.revision, halted=job.halted
    )


def _pinned(version: JobVersion, raw: DesiredJob | None, job: InventoryJob | None) -> DesiredJob:
    """The version under the present name of the job: a pin is about what runs, not about what it is called."""
    named = raw or _as_applied(job)
    manifest = version.manifest
    if named:
        manifest = manifest.with_changes(job_id=named.manifest.job_id, previous_ids=named.manifest.previous_ids)
    return DesiredJob(
        job_uid=version.job_uid,
        manifest=manifest,
        origin=_origin(raw, job) or version.origin,
        revision=version.revision,
        halted=False,
        author=version.author,
    )


def _origin(raw: DesiredJob | None, job: InventoryJob | None) -> Origin | None:
    """Where a pinned job stands: it does not move to the API, where nothing would pin it."""
    if raw and (job is None or not raw.origin.by_api):
        return raw.origin
    return job.origin if job else None


def _put(desired: dict[str, DesiredJob], uid: str, job: DesiredJob | None) -> None:
    if job:
        desired[uid] = job
    else:
        desired.pop(uid, None)


def _part(desired: dict[str, DesiredJob], reasons: dict[str, str], known: Mapping[str, InventoryJob]) -> None:
    """Let no two jobs have one name: whoever has it stays, the others stay as they were applied, or wait."""
    while disputed := _disputed(desired):
        for name, uids in disputed.items():
            first = min(uids, key=lambda u: (not _has(known.get(u), name), u not in reasons, u))
            for uid in uids - {first}:
                reasons.setdefault(
                    uid, f"{desired[first].manifest.job_id} has the name: {reasons.get(first, 'it lives')}"
                )
                _put(desired, uid, _as_applied(known.get(uid)))


def _disputed(desired: Mapping[str, DesiredJob]) -> dict[str, set[str]]:
    by_key: dict[str, set[str]] = {}
    for uid, job in desired.items():
        by_key.setdefault(job.manifest.key, set()).add(uid)
    return {key: uids for key, uids in by_key.items() if len(uids) > 1}


def _has(job: InventoryJob | None, key: str) -> bool:
    return job is not None and job.deleted_at is None and job.manifest.key == key


def _turned(job: DesiredJob, overrides: OverrideSet, now: datetime, kept: bool) -> DesiredJob:
    """With ``halted`` as the manifest that is kept and the overrides have it."""
    if not kept:
        return job
    own = overrides.of(job.job_uid, job.manifest.labels)
    return replace(job, halted=activity(job.manifest, own, now) is not Activity.ACTIVE)
