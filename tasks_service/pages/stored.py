"""What the embedded bot API keeps, and the audit."""

from starlette.requests import Request
from starlette.responses import Response

from tasks_service.pages.site import Site

USERS_SHOWN = 100
COLLECTIONS_SHOWN = 25
AUDITS_SHOWN = 100


def users(site: Site, request: Request) -> Response:
    """``GET /users``."""
    cursor = request.query_params.get("after") or None
    return site.page(request, "users.html", users=site.panel.bot.users(limit=USERS_SHOWN, cursor=cursor), cursor=cursor)


def collections(site: Site, request: Request) -> Response:
    """``GET /collections``."""
    cursor = request.query_params.get("after") or None
    stored = site.panel.bot.stored_metrics(limit=COLLECTIONS_SHOWN, cursor=cursor)
    return site.page(request, "collections.html", stored=stored, cursor=cursor)


def audit(site: Site, request: Request) -> Response:
    """``GET /audit``: who did what, why, and how it ended."""
    cursor = request.query_params.get("after") or None
    of = request.query_params.get("of", "").strip()
    entries = site.panel.journal.audits(of=of, limit=AUDITS_SHOWN, cursor=cursor)
    return site.page(request, "audit.html", entries=entries, of=of, cursor=cursor)
