"""Backfill: from a stretch of the past to its plan, and from the plan to the runs."""

from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from tasks_service.core.errors import InvalidInput
from tasks_service.pages.endpoint import Form
from tasks_service.pages.site import Site, actor, back

LIMITS = (10, 100, 1000)
SHOWN = 20
"""As many slots are listed; the others are counted."""
_FORM = "%Y-%m-%dT%H:%M"


def ask_backfill(site: Site, request: Request) -> Response:
    """``GET /tasks/{job_id}/backfill``: which stretch; with ``from`` and ``to``, what would be run."""
    view = site.panel.catalog.job(request.path_params["job_id"])
    query, now = request.query_params, site.panel.clock.now()
    since = query.get("from") or f"{now - timedelta(days=1):{_FORM}}"
    until = query.get("to") or f"{now:{_FORM}}"
    limit = _limit(query.get("limit", "100"))
    plan = site.panel.backfills.plan(view.job_id, _moment(since), _moment(until), limit) if "from" in query else None
    return site.page(
        request,
        "ask_backfill.html",
        job=view,
        plan=plan,
        since=since,
        until=until,
        limit=limit,
        limits=LIMITS,
        shown=SHOWN,
    )


def backfill(site: Site, request: Request, form: Form) -> Response:
    """``POST /tasks/{job_id}/backfill``."""
    job_id = request.path_params["job_id"]
    done = site.panel.backfills.start(
        job_id,
        actor(request),
        form.get("plan", ""),
        _moment(form.get("from", "")),
        _moment(form.get("to", "")),
        _limit(form.get("limit", "")),
        reason=form.get("reason", "").strip(),
        force=form.get("force") == "yes",
    )
    return back(f"/tasks/{job_id}", f"{len(done.queued)} runs of {job_id} are queued.")


def _moment(text: str) -> datetime:
    """What a field for date and time holds, which is in UTC here."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"{text!r} is no date with a time.", hint="such as 2026-12-24T18:00, in UTC") from error
    if not 1970 < moment.year < 2200:
        raise InvalidInput(f"{text!r} lies too far away.", hint="take a year between 1971 and 2199")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _limit(text: str) -> int:
    if text not in {str(limit) for limit in LIMITS}:
        raise InvalidInput(f"{text!r} is no number of runs.", hint=f"one of {', '.join(map(str, LIMITS))}")
    return int(text)
