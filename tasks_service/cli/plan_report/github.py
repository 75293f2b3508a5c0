"""The report of a plan as GitHub's workflow commands: findings at their lines, changes as notices."""

from tasks_service.cli.output import annotation, workflow_command
from tasks_service.cli.plan_report.text import calendar_line, job_line
from tasks_service.core.plan_report.report import PlanReport
from tasks_service.core.plan_report.sentences import load_sentences, time_sentences


def plan_annotations(report: PlanReport) -> str:
    """A line for each finding, calendar and job; the summary last."""
    lines = [annotation(problem) for problem in report.problems]
    lines += [workflow_command("notice", "plan", calendar_line(calendar)) for calendar in report.calendars]
    for change in report.jobs:
        told = "\n".join([job_line(change), *map(str, change.fields), *time_sentences(change)])
        level, title = ("warning", "held") if change.held else ("notice", "plan")
        lines.append(workflow_command(level, title, told))
    if not report.empty:
        load = "\n".join(load_sentences(report.load_before, report.load_after))
        lines.append(workflow_command("notice", "load", load))
    return "\n".join([*lines, report.summary])
