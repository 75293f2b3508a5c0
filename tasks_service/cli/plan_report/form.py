"""The forms in which a plan is printed."""

from enum import StrEnum

from tasks_service.cli.plan_report.github import plan_annotations
from tasks_service.cli.plan_report.markdown import plan_markdown
from tasks_service.cli.plan_report.text import plan_text
from tasks_service.core.plan_report.report import PlanReport


class PlanForm(StrEnum):
    """The value of ``-o``."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    MARKDOWN = "markdown"


def printed(report: PlanReport, form: PlanForm) -> str:
    """The report in one of its forms."""
    match form:
        case PlanForm.TEXT:
            return plan_text(report)
        case PlanForm.GITHUB:
            return plan_annotations(report)
        case PlanForm.MARKDOWN:
            return plan_markdown(report).rstrip("\n")
        case PlanForm.JSON:
            return plan_json(report)


def plan_json(report: PlanReport) -> str:
    """The report as the API answers with it."""
    from tasks_service.api.shapes.plan_report import PlanReportShape  # here, so that the text does not load the API

    return PlanReportShape.of(report).model_dump_json(indent=2)
