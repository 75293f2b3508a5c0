"""The report of a plan as text for a terminal."""

from collections.abc import Iterator

from tasks_service.core.plan_report.job_change import LEGEND, JobChange
from tasks_service.core.plan_report.report import CalendarLine, PlanReport
from tasks_service.core.plan_report.sentences import load_sentences, time_sentences

_SIGNS = {"create": "+", "delete": "-"}
NOTHING = "No changes. {} match the manifests."


def plan_text(report: PlanReport) -> str:
    """The findings, every change with its fields and fires, and the summary last."""
    lines = [str(problem) for problem in report.problems]
    if report.empty:
        lines.append(NOTHING.format(report.compared_with[:1].upper() + report.compared_with[1:]))
    else:
        lines.append("  ".join(f"{sign} {word}" for sign, word in LEGEND.items()))
        lines += [calendar_line(calendar) for calendar in report.calendars]
        lines += [line for change in report.jobs for line in _job_lines(change)]
        lines += load_sentences(report.load_before, report.load_after)
    return "\n".join([*lines, report.summary])


def job_line(change: JobChange) -> str:
    """What becomes of a job, where it stands, and why."""
    verbs = " and ".join(change.verbs)
    why = "; ".join(change.reasons)
    if change.held:
        return f"! {verbs} {change.job_id} ({change.origin}) is held: {change.held} [{why}]"
    return f"{change.sign} {verbs} {change.job_id} ({change.origin}): {why}"


def calendar_line(change: CalendarLine) -> str:
    """What becomes of a calendar, and for which jobs."""
    jobs = f", for {', '.join(change.jobs)}" if change.jobs else ", no job refers to it"
    held = f"! held: {change.held}: " if change.held else ""
    return f"{held}{_SIGNS.get(change.verb, '~')} {change.verb} calendar {change.calendar_id} ({change.origin}){jobs}"


def _job_lines(change: JobChange) -> Iterator[str]:
    yield job_line(change)
    yield from (f"    {field}" for field in change.fields)
    yield from (f"    {sentence}" for sentence in time_sentences(change))
