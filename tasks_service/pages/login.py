"""Signing in with a key and out again, and how the pages look for one person."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tasks_service.pages.endpoint import Form
from tasks_service.pages.preferences import COOKIE, Preferences
from tasks_service.pages.site import Site, back, local
from tasks_service.pages.words import duration

YEAR = 365 * 86400


def ask_login(site: Site, request: Request) -> Response:
    """``GET /login``."""
    target = local(request.query_params.get("next", ""))
    if site.sessions is None:
        return RedirectResponse(target, status_code=303)
    return site.render(request, "login.html", next=target, problem="")


def login(site: Site, request: Request, form: Form) -> Response:
    """``POST /login``."""
    target = local(form.get("next", ""))
    if site.sessions is None:
        return back(target)
    address = request.client.host if request.client else "local"
    verdict = site.sessions.try_key(form.get("key", "").strip(), address)
    if verdict.admitted:
        response = back(target)
        response.headers.append("Set-Cookie", site.sessions.sign_in(secure=_secure(request)))
        return response
    if verdict.wait_seconds:
        problem = f"Too many wrong keys came from here. Try again in {duration(verdict.wait_seconds)}."
        return site.render(request, "login.html", 429, next=target, problem=problem)
    return site.render(request, "login.html", 401, next=target, problem="That is not the key.")


def logout(site: Site, request: Request, form: Form) -> Response:
    """``POST /logout``."""
    response = back("/login")
    if site.sessions is not None:
        response.headers.append("Set-Cookie", site.sessions.sign_out(secure=_secure(request)))
    return response


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"


def preferences(site: Site, request: Request, form: Form) -> Response:
    """``POST /preferences``: the choices go into a cookie that lasts a year."""
    chosen = Preferences.read(request.cookies).changed(dict(form))
    response = back(form.get("next", "/"))
    response.set_cookie(COOKIE, chosen.written(), max_age=YEAR, samesite="lax", httponly=True)
    return response
