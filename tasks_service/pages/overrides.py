"""Overrides: hold, pin and release, the list of all in force, and their adoption into git."""

from collections.abc import Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from tasks_service.control.override_desk import Wish
from tasks_service.core.errors import InvalidInput, NotFound
from tasks_service.core.override import OverrideKind, scope_words
from tasks_service.pages.actions import LENGTHS, ask, until_of
from tasks_service.pages.endpoint import Form
from tasks_service.pages.site import Site, actor, back

REVISIONS_SHOWN = 20


def overrides(site: Site, request: Request) -> Response:
    """``GET /overrides``."""
    return site.page(request, "overrides.html", overrides=site.panel.override_desk.in_force())


def ask_hold(site: Site, request: Request) -> Response:
    """``GET /tasks/{job_id}/hold``."""
    view = site.panel.catalog.job(request.path_params["job_id"])
    return ask(site, request, "hold", job=view, lengths=LENGTHS)


def hold(site: Site, request: Request, form: Form) -> Response:
    """``POST /tasks/{job_id}/hold``."""
    return _keep(site, request, form, OverrideKind.HOLD, "is held as it is.")


def ask_pin(site: Site, request: Request) -> Response:
    """``GET /tasks/{job_id}/pin``."""
    view = site.panel.catalog.job(request.path_params["job_id"])
    known = site.panel.override_desk.revisions(view.job_id)[:REVISIONS_SHOWN]
    return ask(site, request, "pin", job=view, lengths=LENGTHS, revisions=known)


def pin(site: Site, request: Request, form: Form) -> Response:
    """``POST /tasks/{job_id}/pin``."""
    return _keep(site, request, form, OverrideKind.PIN, "runs an older revision from now on.")


def ask_override(site: Site, request: Request) -> Response:
    """``GET /overrides/new``."""
    known = site.panel.override_desk.revisions()[:REVISIONS_SHOWN]
    return ask(site, request, "override", lengths=LENGTHS, revisions=known)


def override(site: Site, request: Request, form: Form) -> Response:
    """``POST /overrides/new``: of all tasks, or of those with certain labels."""
    kind = form.get("kind", "")
    if kind not in tuple(OverrideKind):
        raise InvalidInput(f"{kind!r} is no kind of override")
    labels = labels_of(form.get("labels", ""))
    answer = site.panel.override_desk.spread(labels, _wish(request, form, OverrideKind(kind), site.panel.clock.now()))
    done = "is in force" if answer.changed else "was in force already"
    return back("/overrides", f"The {kind} of {scope_words(labels)} {done}.")


def ask_release(site: Site, request: Request) -> Response:
    """``GET /overrides/{override_id}/release``."""
    number = _number(request)
    view = next((v for v in site.panel.override_desk.in_force() if v.override.override_id == number), None)
    if view is None:
        raise NotFound(f"override {number} is not in force", hint="the page Overrides lists those that are")
    return ask(site, request, "release", view=view)


def release(site: Site, request: Request, form: Form) -> Response:
    """``POST /overrides/{override_id}/release``."""
    answer = site.panel.override_desk.end(_number(request), actor(request), form.get("reason", "").strip())
    whom = answer.view.job_id or scope_words(answer.view.override.labels)
    return back(form.get("next") or "/overrides", f"The {answer.view.override.kind.value} of {whom} is over.")


def adopt(site: Site, request: Request) -> Response:
    """``GET /tasks/{job_id}/adopt``: the patch that says it in git."""
    adoption = site.panel.adoptions.adopt(request.path_params["job_id"])
    return site.page(request, "adopt.html", adoption=adoption)


def labels_of(text: str) -> Mapping[str, str]:
    """Labels as people write them in a line: ``vendor=acme, team=data``."""
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise InvalidInput(f"{part!r} is no label", hint="write name=value, several with commas between")
        found[name.strip()] = value.strip()
    return found


def _keep(site: Site, request: Request, form: Form, kind: OverrideKind, done: str) -> Response:
    job_id = request.path_params["job_id"]
    site.panel.override_desk.keep(job_id, _wish(request, form, kind, site.panel.clock.now()))
    return back(form.get("next") or f"/tasks/{job_id}", f"{job_id} {done}")


def _wish(request: Request, form: Form, kind: OverrideKind, now: datetime) -> Wish:
    return Wish(
        kind=kind,
        actor=actor(request),
        reason=form.get("reason", "").strip(),
        until=until_of(form.get("until", ""), now),
        revision=form.get("revision", "") if kind is OverrideKind.PIN else "",
    )


def _number(request: Request) -> int:
    text = request.path_params["override_id"]
    if not text.isdecimal() or len(text) > 18:
        raise NotFound(f"there is no override {text!r}", hint="the page Overrides lists those in force")
    return int(text)
