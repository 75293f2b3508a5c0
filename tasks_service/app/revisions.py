"""Manifests of git revisions, compared."""

from dataclasses import replace
from datetime import datetime

from tasks_service.adapters.git_source.repository import Repository, repository_around
from tasks_service.adapters.git_source.touches import commits_missing, touched_between
from tasks_service.adapters.ical_events import IcalEvents
from tasks_service.adapters.system_clock import SystemClock
from tasks_service.app.manifests import directory, manifest_text
from tasks_service.control.comparison import compare
from tasks_service.control.plan_reports import report_of
from tasks_service.core.manifest_files.handed import HandedFiles
from tasks_service.core.plan_report.report import PlanReport
from tasks_service.core.ports import Clock
from tasks_service.core.state import Snapshot
from tasks_service.settings import Settings

DIRECTORY = "directory"
"""The source that the files of revisions stand for."""


def compare_revisions(settings: Settings, base: str, head: str | None, clock: Clock | None = None) -> PlanReport:
    """What changes from one revision to another, or to the files as they are. ``SourceUnavailable``."""
    clock = clock or SystemClock()
    repository, under = repository_around(settings.manifests)
    first, last = repository.resolve(base), repository.resolve(head or "HEAD")
    now = clock.now()
    files = HandedFiles(manifest_text(settings, clock), IcalEvents())
    before = _of_revision(files, repository, first, under, now)
    after = _of_revision(files, repository, last, under, now) if head else directory(settings, clock).snapshot()
    outlook = compare(before, after, now)
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


def _of_revision(files: HandedFiles, repository: Repository, sha: str, under: str, now: datetime) -> Snapshot:
    snapshot = files.snapshot(DIRECTORY, repository.files(sha, under), now, revision=sha)
    return replace(snapshot, commit=repository.commit(sha))
