"""Why an action is planned: which file, which commit, which override."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tasks_service.core.commit import Commit
from tasks_service.core.override import Override, OverrideKind, OverrideSet, in_force
from tasks_service.core.plan import Action, Create, Delete, Pause, Resume
from tasks_service.core.state import DesiredJob, LiveJob, Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """What is known of whoever wants the change."""

    overrides: OverrideSet = field(default_factory=OverrideSet)
    commits: Mapping[str, Commit] = field(default_factory=dict)
    """The commit that each source shows."""
    touched: Mapping[tuple[str, str], Commit] = field(default_factory=dict)
    """The newest commit that touched a file, by source and path, where that is known."""

    def commit(self, origin: Origin) -> str:
        """The commit behind a file, as the end of a sentence; empty where none is known."""
        if touched := self.touched.get((origin.source, origin.path)):
            return f", by {touched.author} in {touched.sha[:12]}: {touched.subject}"
        shown = self.commits.get(origin.source)
        return f", at {shown.sha[:12]}" if shown else ""


def reason(action: Action, before: LiveJob | None, causes: Causes, now: datetime) -> str:
    """One sentence without a full stop."""
    match action:
        case Create():
            return f"new in {action.job.origin}{causes.commit(action.job.origin)}"
        case Delete():
            return _deletion(action, causes)
        case Pause():
            return _pause(action.job, causes.overrides.of(action.job.job_uid, action.job.manifest.labels), now)
        case Resume():
            return _resume(action.job, causes.overrides.of(action.job.job_uid, action.job.manifest.labels), now)
        case _:
            return _change(action.job, before, causes)


def _deletion(action: Delete, causes: Causes) -> str:
    if action.by_name:
        return "deleted by name through the API"
    return f"{action.job.origin.path or 'the API'} no longer holds it{causes.commit(action.job.origin)}"


def _pause(job: DesiredJob, overrides: Sequence[Override], now: datetime) -> str:
    if pause := in_force(overrides, OverrideKind.PAUSE, now):
        return pause.words
    return f"suspend: true in {job.origin}: {job.manifest.suspend_reason}"


def _resume(job: DesiredJob, overrides: Sequence[Override], now: datetime) -> str:
    if forced := in_force(overrides, OverrideKind.RESUME, now):
        return f"resumed by {forced.actor} against {job.origin}" + (f": {forced.reason}" if forced.reason else "")
    return f"no pause is in force, and {job.origin} does not suspend it"


def _change(job: DesiredJob | LiveJob, before: LiveJob | None, causes: Causes) -> str:
    moved = before and (before.origin.source, before.origin.path) != (job.origin.source, job.origin.path)
    text = f"moved from {before.origin} to {job.origin}" if before and moved else f"changed in {job.origin}"
    author = getattr(job, "author", "")
    commit = causes.commit(job.origin)
    return text + (commit or (f", by {author}" if author else ""))
