"""What of a job needs a person. Pure."""

from datetime import datetime, timedelta

from tasks_service.control.health import failures_in_a_row
from tasks_service.control.views import Attention, Health, JobView, SyncState

_OLD_PAUSE = timedelta(days=7)


def concerns(job: JobView, now: datetime) -> list[Attention]:
    """What one job needs a person for."""
    last = job.last_run.run_id if job.last_run else ""
    found: list[Attention] = []
    if job.health.state in (Health.FAILING, Health.LOST):
        kind = job.health.state.lower()
        bad = failures_in_a_row(job.recent_runs) > 0
        since = job.last_run.finished_at if job.last_run else None
        severity = "bad" if bad else "warn"
        found.append(_attention(job, kind, severity, job.health.reason, run_id=last, since=since))
    if job.health.state in (Health.LATE, Health.OVERRUNNING):
        found.append(_attention(job, "late", "warn", job.health.reason, run_id=last))
    if job.health.state == Health.MISSED:
        found.append(_attention(job, "missed", "warn", job.health.reason))
    if job.sync.state == SyncState.INVALID:
        since = min((p.since for p in job.problems), default=None)
        findings = "; ".join(f"{p.diagnostic.place}: {p.diagnostic.message}" for p in job.problems)
        found.append(_attention(job, "invalid", "bad", findings or job.sync.reason, since=since))
    if job.paused and job.override:
        old = now - job.override.created_at > _OLD_PAUSE
        reason = f"paused {job.activity.reason}"
        found.append(_attention(job, "paused", "bad" if old else "warn", reason, since=job.override.created_at))
    return found


def _attention(
    job: JobView, kind: str, severity: str, reason: str, *, run_id: str = "", since: datetime | None = None
) -> Attention:
    return Attention(
        kind=kind,
        severity=severity,
        title=job.job_id,
        reason=reason,
        job_id=job.job_id,
        run_id=run_id,
        since=since,
    )
