"""Manifests of git revisions, and of files that are no directory here: read as the directory would be."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from tasks_service.adapters.git_source.repository import Repository, repository_around
from tasks_service.adapters.git_source.touches import commits_missing, touched_between
from tasks_service.adapters.system_clock import SystemClock
from tasks_service.app.manifests import directory
from tasks_service.control.comparison import compare
from tasks_service.control.plan_reports import report_of
from tasks_service.core.errors import InvalidInput
from tasks_service.core.plan_report.report import PlanReport
from tasks_service.core.ports import Clock
from tasks_service.core.state import Snapshot
from tasks_service.settings import Settings


def compare_revisions(settings: Settings, base: str, head: str | None) -> PlanReport:
    """What changes from one revision to another, or to the files as they are. ``SourceUnavailable``."""
    clock = SystemClock()
    repository, under = repository_around(settings.manifests)
    first, last = repository.resolve(base), repository.resolve(head or "HEAD")
    before = _of_revision(settings, repository, first, under, clock)
    after = _of_revision(settings, repository, last, under, clock) if head else directory(settings, clock).snapshot()
    outlook = compare(before, after, clock.now())
    paths = {action.job.origin.path for action in outlook.plan.actions}
    touched = touched_between(repository, first, last, under, paths)
    return report_of(
        outlook,
        compared_with=_told(base, first, commits_missing(repository, first, last)),
        touched={(after.source, path): commit for path, commit in touched.items()},
    )


def _told(base: str, sha: str, missing: int) -> str:
    name = sha[:12] if sha.startswith(base) else f"{base} ({sha[:12]})"
    if not missing:
        return name
    if missing == 1:
        return f"{name}, which has 1 commit that is not here: what it changed looks undone"
    return f"{name}, which has {missing} commits that are not here: what they changed looks undone"


def _of_revision(settings: Settings, repository: Repository, sha: str, under: str, clock: Clock) -> Snapshot:
    snapshot = snapshot_of(settings, repository.files(sha, under), clock)
    return replace(snapshot, revision=sha, commit=repository.commit(sha))


def snapshot_of(settings: Settings, files: Mapping[str, bytes], clock: Clock) -> Snapshot:
    """What a directory with these files would show."""
    with TemporaryDirectory(prefix="tasks-manifests-") as folder:
        for path, data in files.items():
            _place(Path(folder), path, data)
        return directory(settings, clock, Path(folder)).snapshot()


def _place(folder: Path, path: str, data: bytes) -> None:
    parts = PurePosixPath(path).parts
    if not parts or PurePosixPath(path).is_absolute() or ".." in parts or "\0" in path:
        raise InvalidInput(f"{path!r} is no path of a file of manifests", hint="name it as seen from their directory")
    target = folder.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
