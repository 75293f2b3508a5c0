"""What a plan changes in calendars, and what that means for the next 30 days of the jobs that refer to them."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from tasks_service.control.planner import Outlook
from tasks_service.core.calendar import Calendar
from tasks_service.core.calendar_plan import CalendarChange
from tasks_service.core.coming import SkippedFires, left_out
from tasks_service.core.job_calendars import calendars_of
from tasks_service.core.plan import Create, Update
from tasks_service.core.state import DesiredJob
from tasks_service.core.wording import in_utc

AHEAD = timedelta(days=30)
_SIGNS = {"create": "+", "update": "~", "delete": "-"}
_MOST_LINES = 10


def calendar_lines(outlook: Outlook) -> list[str]:
    """The changes of calendars, each with its jobs and the fires that are left out from then on."""
    lines = []
    for change in outlook.plan.calendars:
        jobs = f", for {', '.join(change.jobs)}" if change.jobs else ", no job refers to it"
        held = f"! held: {change.held}: " if change.held else ""
        lines.append(f"{held}{_SIGNS[change.verb]} {change.verb} calendar {change.calendar_id} ({change.origin}){jobs}")
    for job in _changed_jobs(outlook):
        told = _skipped(job, outlook)
        lines += [f"    {job.manifest.job_id}: skips {_when(s)}: {s.reason}" for s in told[:_MOST_LINES]]
        if len(told) > _MOST_LINES:
            lines.append(f"    {job.manifest.job_id}: and {len(told) - _MOST_LINES} more in the next {AHEAD.days} days")
    return lines


def calendars_as_json(outlook: Outlook) -> list[dict[str, Any]]:
    """The same as data."""
    return [_as_json(change) for change in outlook.plan.calendars]


def _as_json(change: CalendarChange) -> dict[str, Any]:
    return {
        "action": change.verb,
        "calendar_id": change.calendar_id,
        "origin": str(change.origin),
        "jobs": list(change.jobs),
        "held": change.held,
    }


def _changed_jobs(outlook: Outlook) -> Iterator[DesiredJob]:
    """The jobs of the plan, and those that refer to a calendar of it."""
    concerned = {job_id for change in outlook.plan.calendars for job_id in change.jobs}
    changed = {a.job_id for a in outlook.plan.actions if isinstance(a, Create | Update)}
    for job in outlook.desired:
        if job.manifest.job_id in concerned | changed and not job.halted:
            yield job


def _skipped(job: DesiredJob, outlook: Outlook) -> tuple[SkippedFires, ...]:
    known: Mapping[str, Calendar] = {key: item.calendar for key, item in outlook.calendars.wanted.items()}
    schedule = job.manifest.schedule
    return left_out(schedule, calendars_of(schedule, known), outlook.at, outlook.at + AHEAD)


def _when(skipped: SkippedFires) -> str:
    if skipped.count == 1:
        return in_utc(skipped.first)
    return f"{skipped.count} fires from {in_utc(skipped.first)} to {in_utc(skipped.until)}"
