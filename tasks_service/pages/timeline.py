"""The timeline: a row per job, as a drawing or as a table, with what is full or left out beside it."""

from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from tasks_service.control.forecast import Timeline
from tasks_service.core.simulation.words import cut_words
from tasks_service.pages.lane import Lane, Line
from tasks_service.pages.preferences import Preferences
from tasks_service.pages.site import Site

SPANS = {"24": "24 hours", "168": "7 days"}
"""How far a timeline looks ahead, by the value in the address."""
_DAY = 24
LINES_SHOWN = 1000
"""The most lines of the table."""


def timeline(site: Site, request: Request) -> Response:
    """``GET /timeline``, of 24 hours or 7 days."""
    hours = request.query_params.get("hours", "")
    hours = hours if hours in SPANS else str(_DAY)
    found = site.panel.forecast.timeline(int(hours))
    preferences = Preferences.read(request.cookies)
    window = found.window
    lane = Lane(window=window, ticks=_ticks(found, preferences, daily=int(hours) > _DAY))
    as_table = request.query_params.get("view") == "table"
    lines = _lines(found, lane) if as_table else []
    return site.page(
        request,
        "timeline.html",
        timeline=found,
        lane=lane,
        spans=SPANS,
        hours=hours,
        as_table=as_table,
        lines=lines[:LINES_SHOWN],
        lines_left_out=max(0, len(lines) - LINES_SHOWN),
        cuts=[cut_words(cut) for cut in found.cuts],
        zone=preferences.zone_for().key,
    )


def _ticks(found: Timeline, preferences: Preferences, *, daily: bool) -> list[tuple[datetime, str]]:
    """Midnights, and within a day every third hour, on the clock of the viewer's choice."""
    zone = preferences.zone_for()
    hour = found.window.since.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    ticks = []
    while (moment := hour) < found.window.until:
        if moment > found.window.since and moment.hour % (_DAY if daily else 3) == 0:
            ticks.append((moment, f"{moment:%a %-d}" if moment.hour == 0 else f"{moment:%H:%M}"))
        hour += timedelta(hours=1)
    return ticks


def _lines(found: Timeline, lane: Lane) -> list[tuple[str, Line]]:
    """All marks of all jobs by time."""
    lines = [(row.job_id, line) for row in found.rows for line in lane.lines(row)]
    return sorted(lines, key=lambda pair: (pair[1].begin, pair[0]))
