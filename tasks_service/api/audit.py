"""The audit: who did what to what."""

from tasks_service.api.endpoint import Answer, Ask, endpoint
from tasks_service.api.reading import Line, Paging
from tasks_service.api.shapes.base import Listing, listing
from tasks_service.api.shapes.journal import AuditShape


class AuditQuery(Paging):
    """Which entries to list."""

    object: Line = ""
    """Only entries about this object, such as a job_id."""


@endpoint()
def listed(ask: Ask, query: AuditQuery) -> Answer[Listing[AuditShape]]:
    """List who did what, newest first; refused and denied requests too."""
    page = ask.panel.journal.audits(of=query.object, limit=query.limit, cursor=query.cursor)
    return Answer(listing(page, AuditShape.of))
