"""How a job does: one word for what its judgement found, why in words, and as data. Pure."""

from datetime import datetime

from tasks_service.control.judgement import Case, findings, retry_under_way
from tasks_service.control.views import Health, JobHealth
from tasks_service.core.alarm import AlarmKind, Finding
from tasks_service.core.firing import next_fire
from tasks_service.core.run import RunState
from tasks_service.core.wording import in_utc

_WORDS = {
    AlarmKind.LATE: Health.LATE,
    AlarmKind.LOST: Health.LOST,
    AlarmKind.FAILING: Health.FAILING,
    AlarmKind.MISSED: Health.MISSED,
    AlarmKind.NEVER_RAN: Health.NEVER_RAN,
}
"""Where nothing runs, the first of these that was found is the health of a job."""


def job_health(case: Case, now: datetime) -> JobHealth:
    """The health of a job at this moment."""
    found = {finding.kind: finding for finding in findings(case, now)}
    failures = len(case.row_of_failures)
    running = [run for run in case.runs if run.state is RunState.RUNNING]
    if running and (finding := found.get(AlarmKind.OVERRUNNING)):
        return _told(Health.OVERRUNNING, finding, failures)
    if running:
        run = running[-1]
        began = run.started_at or run.due_at
        return JobHealth(
            state=Health.RUNNING, reason=f"since {in_utc(began)}", since=began, run_id=run.run_id, failures=failures
        )
    for kind, word in _WORDS.items():
        if finding := found.get(kind):
            return _told(word, finding, failures)
    return _calm(case)


def _told(word: Health, finding: Finding, failures: int) -> JobHealth:
    return JobHealth(state=word, reason=finding.reason, since=finding.since, run_id=finding.run_id, failures=failures)


def _calm(case: Case) -> JobHealth:
    """Nothing is against expectation."""
    again = retry_under_way(case.runs)
    retry = f"; attempt {again.attempt} may begin at {in_utc(again.not_before)}" if again else ""
    if case.ended:
        last = case.ended[0]
        since = last.finished_at or last.due_at
        return JobHealth(
            state=Health.HEALTHY,
            reason=f"succeeded at {in_utc(since)}{retry}",
            since=since,
            run_id=last.run_id,
        )
    return JobHealth(state=Health.NEVER_RAN, reason=f"{_first_fire(case)}{retry}", since=case.applied_at)


def _first_fire(case: Case) -> str:
    if case.held:
        return f"it has not run yet: {case.held}"
    due = case.next_due or (next_fire(case.manifest.schedule, case.applied_at) if case.applied_at else None)
    return (
        f"it has not run yet; its next fire is due at {in_utc(due)}" if due else "it has not run, and no fire is left"
    )
