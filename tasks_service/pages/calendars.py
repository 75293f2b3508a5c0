"""Calendars: what they hold in the next year, and which jobs refer to them."""

from starlette.requests import Request
from starlette.responses import Response

from tasks_service.pages.site import Site


def calendars(site: Site, request: Request) -> Response:
    """``GET /calendars``."""
    return site.page(request, "calendars.html", calendars=site.panel.calendars.calendars())


def calendar(site: Site, request: Request) -> Response:
    """``GET /calendars/{calendar_id}``."""
    return site.page(
        request, "calendar.html", calendar=site.panel.calendars.calendar(request.path_params["calendar_id"])
    )
