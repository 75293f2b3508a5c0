"""Transitions of alarms: from what was open and what is found now to what begins, goes on and ends. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tasks_service.control.judgement import Case
from tasks_service.core.alarm import Alarm, AlarmKind, Finding
from tasks_service.core.run import Run, RunState
from tasks_service.core.state import InventoryJob
from tasks_service.core.stores import AlarmChanges
from tasks_service.core.wording import in_utc

_HELD_OFF = frozenset({AlarmKind.LATE, AlarmKind.MISSED, AlarmKind.NEVER_RAN})
"""What a pause or a suspension ends: nothing is expected any more."""
_CHANGED = "what is expected of it was changed"


def compare(
    job: InventoryJob | None, case: Case | None, found: Sequence[Finding], standing: Sequence[Alarm], now: datetime
) -> AlarmChanges:
    """What to record of one job; without ``job`` and ``case`` it is gone, and all that stood is over."""
    if job is None or case is None:
        return AlarmChanges(cleared=tuple(_over(alarm, "the job was deleted", now) for alarm in standing))
    by_kind = {finding.kind: finding for finding in found}
    going_on = {alarm.kind: alarm for alarm in standing if _same(alarm, by_kind.get(alarm.kind))}
    over = [alarm for alarm in standing if alarm.kind not in going_on]
    return AlarmChanges(
        raised=tuple(_begun(job, finding, now) for finding in found if finding.kind not in going_on),
        updated=tuple(told for kind, alarm in going_on.items() if (told := _retold(alarm, by_kind[kind])) != alarm),
        cleared=tuple(_over(alarm, _cleared_by(alarm, case), now) for alarm in over),
    )


def _same(alarm: Alarm, finding: Finding | None) -> bool:
    """Whether the finding is what the alarm tells of. Two runs that overrun are two alarms; all others go on."""
    if finding is None:
        return False
    return alarm.kind is not AlarmKind.OVERRUNNING or alarm.run_id == finding.run_id


def _begun(job: InventoryJob, finding: Finding, now: datetime) -> Alarm:
    return Alarm(
        job_uid=job.job_uid,
        job_id=job.manifest.job_id,
        kind=finding.kind,
        since=finding.since,
        raised_at=now,
        reason=finding.reason,
        run_id=finding.run_id,
        failures=finding.failures,
    )


def _retold(alarm: Alarm, finding: Finding) -> Alarm:
    """The alarm with what it tells now; it began when it began."""
    return replace(alarm, reason=finding.reason, run_id=finding.run_id, failures=finding.failures)


def _over(alarm: Alarm, why: str, now: datetime) -> Alarm:
    return replace(alarm, until=now, cleared_by=why)


def _cleared_by(alarm: Alarm, case: Case) -> str:
    """What ended it, as far as the facts tell."""
    if case.held and alarm.kind in _HELD_OFF:
        return case.held
    match alarm.kind:
        case AlarmKind.LATE | AlarmKind.NEVER_RAN | AlarmKind.MISSED:
            return _started(alarm, case)
        case AlarmKind.OVERRUNNING:
            return _how_it_ended(next((run for run in case.runs if run.run_id == alarm.run_id), None))
        case AlarmKind.FAILING | AlarmKind.LOST:
            return _how_it_ended(case.ended[0] if case.ended else None)


def _started(alarm: Alarm, case: Case) -> str:
    """The run that began after all, or what became of the fire instead."""
    for run in case.runs:
        if run.started_at and (run.run_id == alarm.run_id or run.started_at >= alarm.since):
            return f"a run started at {in_utc(run.started_at)}"
    if case.newest and case.newest.outcome and case.newest.until >= alarm.since:
        return f"the fire of {in_utc(case.newest.until)}: {case.newest.reason or case.newest.outcome.value}"
    return _CHANGED


def _how_it_ended(run: Run | None) -> str:
    if run is None or not run.state.final:
        return _CHANGED
    word = "was lost" if run.state is RunState.LOST else run.state.value.replace("_", " ")
    return f"the run {word} at {in_utc(run.finished_at)}" if run.finished_at else f"the run {word}"
