"""Explain: why a job did or did not run at a moment."""

from tasks_service.api.endpoint import Answer, Ask, endpoint
from tasks_service.api.reading import Line, Query
from tasks_service.api.shapes.explanation import ExplanationShape


class ExplainQuery(Query):
    """Which moment to explain."""

    at: Line = ""
    """ISO 8601; without an offset on the clock of the job's zone, or of one that is named, as in
    ``2026-03-08T02:30[America/New_York]``; now where it is left out."""


@endpoint(errors=(404,))
def read(ask: Ask, job_id: str, query: ExplainQuery) -> Answer[ExplanationShape]:
    """Explain why a job did or did not run at a moment, or will: in sentences and as data. Deleted jobs, too."""
    return Answer(ExplanationShape.of(ask.panel.explainer.explain(job_id, query.at)))
