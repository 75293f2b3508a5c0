"""Why a job did or did not run at a moment."""

from starlette.requests import Request
from starlette.responses import Response

from tasks_service.core.errors import InvalidInput
from tasks_service.pages.site import Site


def why(site: Site, request: Request) -> Response:
    """``GET /tasks/{job_id}/why?at=…``; the ledger shows the same page in a dialog."""
    job_id, at = request.path_params["job_id"], request.query_params.get("at", "")
    try:
        found = site.panel.explainer.explain(job_id, at)
    except InvalidInput as error:
        return site.page(request, "why.html", 422, job_id=job_id, at=at, found=None, fault=error)
    return site.page(request, "why.html", job_id=found.facts.job_id, at=at, found=found, fault=None)
