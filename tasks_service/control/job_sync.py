"""Whether what runs of a job is what its source says, why not, and how far it is behind. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tasks_service.control.staleness import lag_of, stale
from tasks_service.control.views import JobSync, SyncState
from tasks_service.core.state import InventoryJob
from tasks_service.core.stores import PlannedAction, Problem, SourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the last sync left of a job that is applied."""

    job: InventoryJob
    source: SourceState | None
    """Its source, where that is known."""
    waiting: PlannedAction | None
    """What was kept back of it."""
    problems: Sequence[Problem]
    """The findings in its file."""


def unapplied(job: InventoryJob | None) -> JobSync:
    """A write through the API that the reconciler has not carried out yet."""
    done = "edited" if job else "created"
    return JobSync(state=SyncState.OUT_OF_SYNC, reason=f"{done}; the reconciler has not applied it yet")


def job_sync(standing: Standing, now: datetime, interval: timedelta) -> JobSync:
    """The state of a job that is applied. Only what was read within two intervals counts."""
    source, waiting = standing.source, standing.waiting
    if source and (since := stale(source, now, interval)):
        return JobSync(state=SyncState.UNKNOWN, reason=f"the source was {since}")
    unread = source.failure if source and not source.held else ""
    if unread and (waiting is None or waiting.held == unread):
        return JobSync(state=SyncState.SYNCED, reason=f"the source cannot be read now: {unread}")
    if source and source.held:
        return _behind(SyncState.BLOCKED, source.failure, standing, now)
    if waiting is None:
        return JobSync(state=SyncState.SYNCED)
    if waiting.verb == "keep":
        return _behind(SyncState.INVALID, waiting.held, standing, now)
    if waiting.verb == "delete" and standing.job.manifest.policy.prune == "never":
        return JobSync(state=SyncState.ORPHANED, reason="its manifest is gone, and policy.prune is never")
    return _behind(SyncState.BLOCKED, waiting.held, standing, now)


def _behind(state: SyncState, reason: str, standing: Standing, now: datetime) -> JobSync:
    lag = lag_of(standing.job, standing.source, standing.waiting, standing.problems, now)
    return JobSync(state=state, reason=reason, lag=lag)
