"""What of a job needs a person. Pure."""

from datetime import datetime, timedelta

from tasks_service.control.views import Attention, JobView, SyncState
from tasks_service.core.alarm import Alarm, AlarmKind, Finding

_OLD_PAUSE = timedelta(days=7)


def concerns(job: JobView, now: datetime) -> list[Attention]:
    """What one job needs a person for."""
    recorded = {alarm.kind: alarm for alarm in job.alarms}
    found = [_unexpected(job, finding, recorded.get(finding.kind)) for finding in job.findings]
    if job.sync.state == SyncState.INVALID:
        since = min((p.since for p in job.problems), default=None)
        findings = "; ".join(f"{p.diagnostic.place}: {p.diagnostic.message}" for p in job.problems)
        found.append(_attention(job, "invalid", "bad", findings or job.sync.reason, since=since))
    if job.paused and job.override:
        old = now - job.override.created_at > _OLD_PAUSE
        reason = f"paused {job.activity.reason}"
        found.append(_attention(job, "paused", "bad" if old else "warn", reason, since=job.override.created_at))
    return found


def _unexpected(job: JobView, finding: Finding, alarm: Alarm | None) -> Attention:
    """A finding; where it is recorded, the alarm knows best since when."""
    severity = "bad" if finding.kind is AlarmKind.FAILING else "warn"
    since = min(alarm.since, finding.since) if alarm else finding.since
    return _attention(job, finding.kind.value, severity, finding.reason, run_id=finding.run_id, since=since)


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
