"""Plans: what a sync would do, without doing it."""

from typing import Annotated

from pydantic import Field

from tasks_service.api.endpoint import Answer, Ask, endpoint
from tasks_service.api.shapes.plan_report import PlanReportShape
from tasks_service.core.document import Document

MOST_FILES = 20_000


class PlanBody(Document):
    """The files to plan with; without any, the sources are read as they are."""

    files: Annotated[dict[str, str], Field(max_length=MOST_FILES)] | None = None
    """The text of each file of manifests, and of each iCalendar file, by its path in the source."""
    source: str = ""
    """The source that would hold these files; needed where several sources hold files."""


@endpoint()
def plan(ask: Ask, body: PlanBody) -> Answer[PlanReportShape]:
    """Tell what a sync would do now, or with other files: field by field, in fires gained and lost, with the guards."""
    files = None if body.files is None else {path: text.encode() for path, text in body.files.items()}
    return Answer(PlanReportShape.of(ask.panel.plans.report(files, body.source)))
