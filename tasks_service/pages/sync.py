"""Sync: whether the live jobs equal the files, what stands in the way, and what was done."""

from starlette.requests import Request
from starlette.responses import Response

from tasks_service.pages.endpoint import Form
from tasks_service.pages.site import Site, actor, back

HISTORY_SHOWN = 30


def sync(site: Site, request: Request) -> Response:
    """``GET /sync``."""
    cursor = request.query_params.get("after") or None
    return site.page(
        request,
        "sync.html",
        sync=site.panel.status.sync(),
        history=site.panel.status.sync_history(limit=HISTORY_SHOWN, cursor=cursor),
    )


def request_sync(site: Site, request: Request, form: Form) -> Response:
    """``POST /sync``: read the sources now, and with ``confirm`` allow the held plan of that id."""
    confirm = form.get("confirm", "")
    if confirm and confirm not in site.panel.status.sync().confirmable:
        return back("/sync", "What waits has changed since you saw it, so nothing is confirmed: look at it again.")
    site.panel.status.request_sync(actor(request), confirm)
    return back("/sync", "The plan is confirmed and will be applied now." if confirm else "The sources are read now.")
