"""What of jobs and overrides needs a person. Pure."""

from collections.abc import Sequence
from datetime import datetime

from tasks_service.control.views import Attention, JobView, OverrideView, SyncState
from tasks_service.core.alarm import Alarm, AlarmKind, Finding
from tasks_service.core.override import OverrideKind, Reach, scope_words
from tasks_service.core.preflight import Preflight, PreflightState
from tasks_service.core.state import Activity


def concerns(job: JobView) -> list[Attention]:
    """What one job needs a person for."""
    recorded = {alarm.kind: alarm for alarm in job.alarms}
    found = [_unexpected(job, finding, recorded.get(finding.kind)) for finding in job.findings]
    if (made := job.preflight) and _counts(job, made):
        found.append(_attention(job, "preflight", "warn", made.summary, since=made.at))
    if job.sync.state == SyncState.INVALID:
        since = min((p.since for p in job.problems), default=None)
        findings = "; ".join(f"{p.diagnostic.place}: {p.diagnostic.message}" for p in job.problems)
        found.append(_attention(job, "invalid", "bad", findings or job.sync.told, since=since))
    return found


def _counts(job: JobView, made: Preflight) -> bool:
    """Whether a failed preflight is about the job as it is now, and the job is meant to run."""
    meant = job.activity.state not in (Activity.SUSPENDED, Activity.EXHAUSTED)
    return made.state is PreflightState.FAILED and made.digest == job.manifest.digest and meant


def override_concerns(overrides: Sequence[OverrideView]) -> list[Attention]:
    """The overrides that need a person: whatever keeps jobs from running, whatever reaches far, and all debt."""
    return [
        Attention(
            kind="paused" if view.override.kind is OverrideKind.PAUSE else "override",
            severity="bad" if view.overdue else "warn",
            title=view.job_id or scope_words(view.override.labels),
            reason=view.override.words + (f"; {view.debt}" if view.debt else ""),
            job_id=view.job_id,
            since=view.override.created_at,
        )
        for view in overrides
        if view.debt or view.override.kind is OverrideKind.PAUSE or view.override.reach is not Reach.JOB
    ]


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
