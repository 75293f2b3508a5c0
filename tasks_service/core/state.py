"""Desired and live state, and the pure functions that lead from files and overrides to the desired one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from tasks_service.core.diagnostics import Diagnostic, errors
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that a source said at one moment."""

    source: str
    revision: str
    read_at: datetime
    manifests: tuple[Sourced, ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """Paths of files of which no document could be trusted, with the reason."""
    files: int = 0

    @property
    def broken_paths(self) -> frozenset[str]:
        """The files with at least one error: the jobs last seen in them are frozen."""
        return frozenset(self.unreadable) | frozenset(d.path for d in errors(self.problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFailure:
    """A source that could not be read, or that came back empty although it held jobs."""

    source: str
    reason: str


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
    manifests, duplicates = without_duplicates([m for s in snapshots for m in s.manifests])
    refused = {d.field for d in duplicates}
    present = {m.manifest.key for m in manifests}
    previous = {old.lower() for m in manifests for old in m.manifest.previous_ids}
    failed = {f.source: f.reason for f in failures}
    broken = {(s.source, path) for s in snapshots for path in s.broken_paths}

    kept: dict[str, str] = {}
    for job in inventory:
        key = job.manifest.key
        if key in present or key in previous:
            continue
        if job.origin.source in failed:
            kept[job.job_uid] = failed[job.origin.source]
        elif key in refused:
            kept[job.job_uid] = "two documents have this job_id"
        elif (job.origin.source, job.origin.path) in broken:
            kept[job.job_uid] = f"{job.origin.path} is broken"
    waits = ""
    if failed:
        waits = "; ".join(f"source {name}: {reason}" for name, reason in sorted(failed.items()))
    elif broken:
        waits = f"{', '.join(sorted(path for _, path in broken))} cannot be read: a job may have moved into it"
    problems = tuple(d for s in snapshots for d in s.problems) + tuple(duplicates)
    return Settled(manifests=tuple(manifests), kept=kept, problems=problems, deletions_wait=waits)


def without_duplicates(found: Iterable[Sourced]) -> tuple[list[Sourced], list[Diagnostic]]:
    """A file wins over the API's copy; two files with one id are both refused."""
    by_key: dict[str, list[Sourced]] = {}
    for item in sorted(found, key=lambda m: (m.origin.source, m.origin.path, m.origin.line)):
        by_key.setdefault(item.manifest.key, []).append(item)
    good: list[Sourced] = []
    problems: list[Diagnostic] = []
    for key, items in by_key.items():
        files = [m for m in items if not m.origin.by_api] or items
        if len(files) == 1:
            good.append(files[0])
            continue
        for item in files:
            others = ", ".join(str(o.origin) for o in files if o is not item)
            problems.append(
                Diagnostic(
                    rule="JM021",
                    message=f"job_id {item.manifest.job_id!r} is also defined in {others}",
                    hint="give one of them another job_id; until then the job stays as it was",
                    path=item.origin.path,
                    line=item.origin.line,
                    column=1,
                    field=key,
                )
            )
    return good, problems


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
    new_uid: Mapping[str, str],
) -> dict[str, DesiredJob]:
    """The desired jobs by ``job_uid``: manifests plus overrides.

    ``inventory`` holds the live jobs and the tombstones young enough to be revived; ``revisions`` the revision of each
    source; ``new_uid`` a fresh uid for each key that no job of the inventory has.
    """
    desired: dict[str, DesiredJob] = {}
    known = _uids(inventory)
    for item in settled.manifests:
        uid = _identify(item.manifest, known) or new_uid[item.manifest.key]
        desired[uid] = _desired(uid, item.manifest, item.origin, revisions.get(item.origin.source, ""), overrides, now)
    for job in inventory:
        if job.job_uid in settled.kept and job.job_uid not in desired:
            desired[job.job_uid] = _desired(job.job_uid, job.manifest, job.origin, job.revision, overrides, now)
    return desired


def unidentified(settled: Settled, inventory: Sequence[InventoryJob]) -> list[str]:
    """The keys of the manifests that need a new uid."""
    known = _uids(inventory)
    return [m.manifest.key for m in settled.manifests if not _identify(m.manifest, known)]


def _uids(inventory: Sequence[InventoryJob]) -> dict[str, str]:
    """Key → uid; a live job goes before a tombstone, a young tombstone before an old one."""
    ordered = sorted(inventory, key=lambda j: (j.deleted_at is None, j.deleted_at or j.applied_at))
    return {job.manifest.key: job.job_uid for job in ordered}


def _identify(manifest: JobManifest, known: Mapping[str, str]) -> str | None:
    names = [manifest.key, *(old.lower() for old in manifest.previous_ids)]
    return next((known[name] for name in names if name in known), None)


def _desired(
    uid: str,
    manifest: JobManifest,
    origin: Origin,
    revision: str,
    overrides: Mapping[str, Sequence[Override]],
    now: datetime,
) -> DesiredJob:
    halted = activity(manifest, overrides.get(uid, ()), now) is not Activity.ACTIVE
    return DesiredJob(job_uid=uid, manifest=manifest, origin=origin, revision=revision, halted=halted)
