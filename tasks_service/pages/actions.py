"""Pause, resume, run and delete: each asks first, and says what will happen. And the preflight, which does neither."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tasks_service.core.durations import parse_duration
from tasks_service.core.errors import InvalidInput
from tasks_service.core.override import Reach
from tasks_service.core.state import Activity
from tasks_service.pages.endpoint import Form
from tasks_service.pages.job import fires
from tasks_service.pages.site import Site, actor, back, local

FORESIGHT = timedelta(days=7)
MOST_COUNTED = 20
"""As far as a question counts the fires that a pause will skip."""
LENGTHS: Mapping[str, str] = {"1h": "one hour", "4h": "four hours", "24h": "a day", "3d": "three days", "7d": "a week"}
"""How long an override may be asked for."""


def ask_pause(site: Site, request: Request) -> Response:
    """``GET /tasks/{job_id}/pause``."""
    view = site.panel.catalog.job(request.path_params["job_id"])
    end = site.panel.clock.now() + FORESIGHT
    skipped = [fire.at for fire in fires(site, view, MOST_COUNTED) if fire.at <= end]
    return ask(site, request, "pause", job=view, skipped=skipped, most=MOST_COUNTED, lengths=LENGTHS)


def pause(site: Site, request: Request, form: Form) -> Response:
    """``POST /tasks/{job_id}/pause``."""
    job_id = request.path_params["job_id"]
    until = until_of(form.get("until", ""), site.panel.clock.now())
    site.panel.overrides.pause(job_id, actor(request), reason=form.get("reason", "").strip(), until=until)
    return _done(form, job_id, f"{job_id} is paused.")


def ask_resume(site: Site, request: Request) -> Response:
    """``GET /tasks/{job_id}/resume``; a job that its manifest suspends is explained instead."""
    view = site.panel.catalog.job(request.path_params["job_id"])
    return ask(
        site,
        request,
        "resume",
        job=view,
        suspended=view.activity.state == Activity.SUSPENDED,
        wide=view.override if view.override and view.override.reach is not Reach.JOB else None,
        next_fire=next((fire.at for fire in fires(site, view, 1)), None),
        lengths=LENGTHS,
    )


def resume(site: Site, request: Request, form: Form) -> Response:
    """``POST /tasks/{job_id}/resume``."""
    job_id = request.path_params["job_id"]
    site.panel.overrides.resume(
        job_id,
        actor(request),
        reason=form.get("reason", "").strip(),
        force=form.get("force") == "yes",
        until=until_of(form.get("until", ""), site.panel.clock.now()),
        catch_up=form.get("catch_up", "none"),
    )
    return _done(form, job_id, f"{job_id} runs again.")


def ask_run(site: Site, request: Request) -> Response:
    """``GET /tasks/{job_id}/run``."""
    view = site.panel.catalog.job(request.path_params["job_id"])
    return ask(site, request, "run", job=view)


def run(site: Site, request: Request, form: Form) -> Response:
    """``POST /tasks/{job_id}/run``."""
    job_id = request.path_params["job_id"]
    queued = site.panel.runs.run_now(
        job_id,
        actor(request),
        parameters=_parameters(form.get("parameters", "")),
        reason=form.get("reason", "").strip(),
        trusted=site.options.trusted,
        dry_run=form.get("dry_run") == "yes",
    )
    return back(f"/runs/{queued.run_id}", f"{'A dry run of ' if queued.dry_run else ''}{job_id} was started.")


def preflight(site: Site, request: Request, form: Form) -> Response:
    """``POST /tasks/{job_id}/preflight``: it changes nothing, so nobody is asked first."""
    view = site.panel.preflights.ask(request.path_params["job_id"], actor(request))
    return back(f"/tasks/{view.job_id}", f"A preflight of {view.job_id} is on its way.")


def to_job(site: Site, request: Request) -> Response:
    """Somebody opened the address of that form's answer."""
    return back(f"/tasks/{site.panel.catalog.job(request.path_params['job_id']).job_id}", "")


def ask_delete(site: Site, request: Request) -> Response:
    """``GET /tasks/{job_id}/delete``; for a file's job it says which file to edit."""
    view = site.panel.catalog.job(request.path_params["job_id"])
    return ask(site, request, "delete", job=view)


def delete(site: Site, request: Request, form: Form) -> Response:
    """``POST /tasks/{job_id}/delete``."""
    job_id = request.path_params["job_id"]
    site.panel.definitions.delete(job_id, actor(request))
    return back("/tasks", f"{job_id} is deleted.")


def ask_cancel(site: Site, request: Request) -> Response:
    """``GET /runs/{run_id}/cancel``."""
    return site.page(request, "ask_cancel.html", run=site.panel.runs.run(request.path_params["run_id"]))


def cancel(site: Site, request: Request, form: Form) -> Response:
    """``POST /runs/{run_id}/cancel``."""
    run_id = request.path_params["run_id"]
    site.panel.runs.cancel(run_id, actor(request), form.get("reason", "").strip())
    return back(f"/runs/{run_id}", "The run is asked to end.")


def until_of(text: str, now: datetime) -> datetime | None:
    """The end of an override from a duration; None where none is asked for."""
    if not text:
        return None
    try:
        length = parse_duration(text)
    except ValueError as error:
        raise InvalidInput(str(error)) from error
    if length > timedelta(days=3660):
        raise InvalidInput("An end that far away is no end.", hint="leave the field empty")
    return now + length


def _parameters(text: str) -> dict[str, Any] | None:
    if not text.strip():
        return None
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"The parameters are not JSON: {error}") from error
    if not isinstance(value, dict):
        raise InvalidInput("The parameters must be a JSON object.", hint='such as {"time_range_hours": 1}')
    return value


def ask(site: Site, request: Request, what: str, **context: Any) -> Response:
    """A question before something is done, as a page that a dialog may show."""
    came_from = local(request.query_params.get("next", ""), "")
    return site.page(request, f"ask_{what}.html", next=came_from, **context)


def _done(form: Form, job_id: str, notice: str) -> Response:
    return back(form.get("next") or f"/tasks/{job_id}", notice)
