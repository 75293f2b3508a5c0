"""The route table of the pages."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from tasks_service.control.panel import Panel
from tasks_service.pages import (
    actions,
    backfill,
    bulk,
    calendars,
    editor,
    job,
    login,
    overrides,
    runs,
    stored,
    sync,
    tasks,
    timeline,
    why,
    wizard,
)
from tasks_service.pages.assets import web_root
from tasks_service.pages.dashboard import dashboard
from tasks_service.pages.endpoint import Action, Endpoint, View, endpoint, failure
from tasks_service.pages.site import Options, Sessions, Site


def build(panel: Panel, sessions: Sessions | None, options: Options) -> list[BaseRoute]:
    """All pages, in the order they are matched; the last one answers 404 to what no room knows.

    ``sessions`` is None where the service runs without keys. The routes of the API must come before these.
    """
    site = Site(panel=panel, sessions=sessions, options=options)

    def page(path: str, view: View, action: Action | None = None) -> Route:
        methods = ["GET", "POST"] if action else ["GET"]
        return Route(path, endpoint(site, view, action), methods=methods, name=path)

    return [
        page("/", dashboard),
        page("/tasks", tasks.tasks),
        page("/tasks/new", wizard.ask_type, wizard.proceed),
        page("/tasks/new/preview", _to_start, wizard.preview),
        page("/editor/check", _to_start, editor.check),
        page("/bulk", bulk.ask_bulk, bulk.bulk),
        page("/tasks/{job_id}", job.job),
        page("/tasks/{job_id}/manifest.yaml", job.manifest),
        page("/tasks/{job_id}/why", why.why),
        page("/tasks/{job_id}/edit", editor.ask_edit, editor.edit),
        page("/tasks/{job_id}/pause", actions.ask_pause, actions.pause),
        page("/tasks/{job_id}/resume", actions.ask_resume, actions.resume),
        page("/tasks/{job_id}/hold", overrides.ask_hold, overrides.hold),
        page("/tasks/{job_id}/pin", overrides.ask_pin, overrides.pin),
        page("/tasks/{job_id}/adopt", overrides.adopt),
        page("/tasks/{job_id}/run", actions.ask_run, actions.run),
        page("/tasks/{job_id}/preflight", actions.to_job, actions.preflight),
        page("/tasks/{job_id}/backfill", backfill.ask_backfill, backfill.backfill),
        page("/tasks/{job_id}/delete", actions.ask_delete, actions.delete),
        page("/runs", runs.runs),
        page("/runs/{run_id}", runs.run),
        page("/runs/{run_id}/log.txt", runs.log),
        page("/runs/{run_id}/cancel", actions.ask_cancel, actions.cancel),
        page("/timeline", timeline.timeline),
        page("/sync", sync.sync, sync.request_sync),
        page("/overrides", overrides.overrides),
        page("/overrides/new", overrides.ask_override, overrides.override),
        page("/overrides/{override_id}/release", overrides.ask_release, overrides.release),
        page("/calendars", calendars.calendars),
        page("/calendars/{calendar_id}", calendars.calendar),
        page("/users", stored.users),
        page("/collections", stored.collections),
        page("/audit", stored.audit),
        page("/login", login.ask_login, login.login),
        page("/logout", _to_start, login.logout),
        page("/preferences", _to_start, login.preferences),
        Mount("/static", StaticFiles(directory=web_root() / "static"), name="static"),
        Route("/{path:path}", _nothing(site), name="nothing"),
    ]


def _to_start(site: Site, request: Request) -> Response:
    """Somebody opened the address of a form's answer: there is nothing to see."""
    return RedirectResponse("/", status_code=303)


def _nothing(site: Site) -> Endpoint:
    async def nothing(request: Request) -> Response:
        if request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", ""):
            raise HTTPException(404)
        return failure(site, request, 404, f"No page is at {request.url.path}.")

    return nothing
