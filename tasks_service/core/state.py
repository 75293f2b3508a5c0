"""Desired and live state, and the pure functions that lead from files and overrides to the desired one."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from tasks_service.core.calendar import Calendar
from tasks_service.core.commit import Commit
from tasks_service.core.diagnostics import Diagnostic, Loc, errors
from tasks_service.core.manifest import JobManifest
from tasks_service.core.override import Override, OverrideKind, in_force

API_SOURCE = "api"
"""The name of the source that holds the jobs created by REST."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a manifest stands: a source, a path in it, and a line (from 1; 0 where there are no lines)."""

    source: str
    path: str = ""
    line: int = 0

    @property
    def by_api(self) -> bool:
        """Whether the job is owned by the API and not by a file."""
        return self.source == API_SOURCE

    def __str__(self) -> str:
        if self.by_api:
            return "the API"
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Sourced:
    """A valid manifest and where it stands."""

    manifest: JobManifest
    origin: Origin
    author: str = ""
    """Who wrote it last, where the source knows."""
    places: Mapping[Loc, tuple[int, int]] = field(default_factory=dict, compare=False)
    """Line and column of what refers to calendars, by its place in the schedule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcedCalendar:
    """A valid calendar and where it stands."""

    calendar: Calendar
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that a source said at one moment."""

    source: str
    revision: str
    read_at: datetime
    manifests: tuple[Sourced, ...] = ()
    calendars: tuple[SourcedCalendar, ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Paths of files of which no document could be trusted, with the reason."""
    files: int = 0
    commit: Commit | None = None
    """The commit that it shows, where the source is a git repository; then ``revision`` is its object id."""
    trouble: str = ""
    """Why the source did not answer since ``read_at``; empty where it did."""

    @property
    def broken_paths(self) -> frozenset[str]:
        """The files with at least one error: the jobs last seen in them are frozen."""
        return frozenset(self.unreadable) | frozenset(d.path for d in errors(self.problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFailure:
    """A source that could not be read, that came back empty although it held jobs, or whose content is held."""

    source: str
    reason: str
    held: bool = False
    """It was read, and is not taken until somebody confirms it or it changes."""
    observed: str = ""
    """The revision that is held."""
    commit: Commit | None = None
    """Its commit, where the source is a git repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryJob:
    """A job as it was last applied; the row that history, cursor and overrides hang on."""

    job_uid: str
    manifest: JobManifest
    origin: Origin
    revision: str
    applied_at: datetime
    cursor: datetime
    """All slots up to here are settled."""
    next_due: datetime | None = None
    halted: bool = False
    deleted_at: datetime | None = None

    @property
    def live(self) -> "LiveJob":
        """The job as a live scheduler holds it, or would hold it after a restart."""
        return LiveJob(job_uid=self.job_uid, manifest=self.manifest, origin=self.origin, halted=self.halted)


class Activity(StrEnum):
    """Whether a job is meant to run at present."""

    ACTIVE = "Active"
    SUSPENDED = "Suspended"
    PAUSED = "Paused"
    EXHAUSTED = "Exhausted"
    TERMINATING = "Terminating"


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredJob:
    """What the manifests and the overrides want of one job."""

    job_uid: str
    manifest: JobManifest
    origin: Origin
    revision: str
    halted: bool
    """Paused or suspended: it keeps its place in the timer and does not fire."""
    author: str = ""
    """Who wrote the manifest last, where the source knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveJob:
    """What the scheduler holds of one job."""

    job_uid: str
    manifest: JobManifest
    origin: Origin
    halted: bool
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What the sources want, after broken files and duplicates were folded in."""

    manifests: tuple[Sourced, ...]
    kept: Mapping[str, str]
    """``job_uid`` → why its last applied manifest stays in force."""
    problems: tuple[Diagnostic, ...]
    deletions_wait: str = ""
    """Why nothing may be deleted now; empty where deletions are allowed."""


def settle(
    snapshots: Sequence[Snapshot], failures: Sequence[SourceFailure], inventory: Sequence[InventoryJob]
) -> Settled:
    """Fold last good manifests in where a source or a file cannot be trusted, and refuse duplicates.

    Pure: the same arguments in any order give the same answer.
    """
    snapshots = sorted(snapshots, key=lambda s: s.source)
    failed = {f.source: f.reason for f in failures}
    broken = {(s.source, path) for s in snapshots for path in s.broken_paths}
    frozen = {job.job_uid: reason for job in inventory if (reason := distrusted(job.origin, failed, broken))}
    good, refused = without_duplicates([m for s in snapshots for m in s.manifests])
    lasting = {job.job_uid for job in inventory if job.job_uid in frozen and not job.origin.by_api}
    manifests = _without_intruders(good, inventory, lasting)

    claimed = set(identities(manifests, inventory).values())
    disputed = {name for item in refused for name in _names(item.manifest)}
    kept: dict[str, str] = {}
    for job in inventory:
        if job.job_uid in claimed:
            continue
        if job.job_uid in frozen:
            kept[job.job_uid] = frozen[job.job_uid]
        elif job.manifest.key in disputed:
            kept[job.job_uid] = "two documents have this job_id"
    return Settled(
        manifests=tuple(manifests),
        kept=kept,
        problems=(*(d for s in snapshots for d in s.problems), *duplicate_problems(refused)),
        deletions_wait=_why_deletions_wait(failed, broken),
    )


def _without_intruders(
    manifests: Sequence[Sourced], inventory: Sequence[InventoryJob], lasting: Set[str]
) -> Sequence[Sourced]:
    """Without those of the API that would continue a job whose file cannot be read: they wait until it can."""
    while True:
        claims = identities(manifests, inventory)
        others = [m for m in manifests if not (m.origin.by_api and claims.get(m.manifest.key) in lasting)]
        if len(others) == len(manifests):
            return others
        manifests = others


def distrusted(origin: Origin, failed: Mapping[str, str], broken: Set[tuple[str, str]]) -> str:
    """Why a place cannot tell whether its job is still wanted; empty where it can."""
    if origin.source in failed:
        return failed[origin.source]
    return f"{origin.path} is broken" if (origin.source, origin.path) in broken else ""


def _why_deletions_wait(failed: Mapping[str, str], broken: Set[tuple[str, str]]) -> str:
    if failed:
        return "; ".join(f"source {name}: {reason}" for name, reason in sorted(failed.items()))
    if broken:
        return f"{', '.join(sorted(path for _, path in broken))} cannot be read: a job may have moved into it"
    return ""


def without_duplicates(found: Iterable[Sourced]) -> tuple[list[Sourced], list[Sourced]]:
    """The good manifests and the refused ones. A file wins over the API's copy; of two files neither does."""
    by_key: dict[str, list[Sourced]] = {}
    for item in sorted(found, key=_place):
        by_key.setdefault(item.manifest.key, []).append(item)
    good: list[Sourced] = []
    refused: list[Sourced] = []
    for items in by_key.values():
        files = [m for m in items if not m.origin.by_api] or items
        (good if len(files) == 1 else refused).extend(files)
    return good, refused


def _place(item: Sourced) -> tuple[str, str, int, str]:
    return item.origin.source, item.origin.path, item.origin.line, item.manifest.job_id


def duplicate_problems(refused: Sequence[Sourced]) -> Iterable[Diagnostic]:
    """What is to be said of manifests that share a job_id, at each place."""
    for item in refused:
        others = [o.origin for o in refused if o.manifest.key == item.manifest.key and o is not item]
        apart = any(o.source != item.origin.source for o in others)
        places = ", ".join(f"{o} of source {o.source}" if apart else str(o) for o in others)
        own = f" of source {item.origin.source}" if apart else ""
        yield Diagnostic(
            rule="JM021",
            message=f"job_id {item.manifest.job_id!r}{own} is also defined in {places}",
            hint="give one of them another job_id; until then the job stays as it was",
            path=item.origin.path,
            line=item.origin.line,
            column=1,
            field="job_id",
        )


def activity(manifest: JobManifest, overrides: Iterable[Override], moment: datetime) -> Activity:
    """The most restrictive of manifest and overrides, unless a resume was forced."""
    held = list(overrides)
    if manifest.suspend:
        forced = in_force(held, OverrideKind.RESUME, moment)
        if not forced:
            return Activity.SUSPENDED
    if in_force(held, OverrideKind.PAUSE, moment):
        return Activity.PAUSED
    return Activity.ACTIVE


def effective(
    settled: Settled,
    inventory: Sequence[InventoryJob],
    overrides: Mapping[str, Sequence[Override]],
    revisions: Mapping[str, str],
    now: datetime,
    uids: Mapping[str, str],
) -> dict[str, DesiredJob]:
    """The desired jobs by ``job_uid``: manifests plus overrides.

    ``inventory`` holds the live jobs; ``revisions`` the revision of each source; ``uids`` the identity of each
    manifest by its key: that of the job it continues, or a new one.
    """
    desired: dict[str, DesiredJob] = {}
    for item in settled.manifests:
        uid = uids[item.manifest.key]
        revision = revisions.get(item.origin.source, "")
        desired[uid] = _desired(uid, item, revision, overrides, now)
    for job in inventory:
        if job.job_uid in settled.kept and job.job_uid not in desired:
            kept = Sourced(manifest=job.manifest, origin=job.origin)
            desired[job.job_uid] = _desired(job.job_uid, kept, job.revision, overrides, now)
    return desired


def identities(manifests: Sequence[Sourced], inventory: Sequence[InventoryJob]) -> dict[str, str]:
    """Key → uid of the job that each manifest continues; no job is continued twice, and a new job has no entry.

    A live job goes before a deleted one, and a manifest's own name before its earlier ones; but what files call anew is
    no longer there for a job of the API that has the old name. ``inventory`` may hold tombstones, if they are young
    enough to be revived.
    """
    ordered = sorted(inventory, key=lambda j: j.deleted_at or j.applied_at)
    alive = {j.manifest.key: j.job_uid for j in ordered if j.deleted_at is None}
    of_files = {j.manifest.key: j.job_uid for j in ordered if j.deleted_at is None and not j.origin.by_api}
    deleted = {j.manifest.key: j.job_uid for j in ordered if j.deleted_at is not None}
    everybody = sorted((m.manifest for m in manifests), key=lambda m: m.key)
    by_api = {m.manifest.key for m in manifests if m.origin.by_api}
    files = [manifest for manifest in everybody if manifest.key not in by_api]
    own, earlier = slice(1), slice(1, None)
    found: dict[str, str] = {}
    taken: set[str] = set()
    for claimants, uids, names in (
        (files, alive, own),
        (files, of_files, earlier),
        (everybody, alive, own),
        (everybody, alive, earlier),
        (everybody, deleted, own),
        (everybody, deleted, earlier),
    ):
        for manifest in claimants:
            free = [uids[name] for name in _names(manifest)[names] if name in uids and uids[name] not in taken]
            if free and manifest.key not in found:
                found[manifest.key] = free[0]
                taken.add(free[0])
    return found


def _names(manifest: JobManifest) -> list[str]:
    """All names of a job as they are compared, the present one first."""
    return [manifest.key, *(name.lower() for name in manifest.previous_ids)]


def _desired(
    uid: str,
    wanted: Sourced,
    revision: str,
    overrides: Mapping[str, Sequence[Override]],
    now: datetime,
) -> DesiredJob:
    halted = activity(wanted.manifest, overrides.get(uid, ()), now) is not Activity.ACTIVE
    return DesiredJob(
        job_uid=uid,
        manifest=wanted.manifest,
        origin=wanted.origin,
        revision=revision,
        halted=halted,
        author=wanted.author,
    )
