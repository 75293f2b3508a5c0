"""The site: what every page is given, and how a template becomes a response."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, unquote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from tasks_service.control.panel import Panel
from tasks_service.core.masking import Mask
from tasks_service.pages.assets import web_root
from tasks_service.pages.display import Display
from tasks_service.pages.preferences import Preferences
from tasks_service.pages.strip import strip
from tasks_service.pages.words import FILTERS, TESTS

NOTICE = "notice"
"""The cookie that carries one sentence over a redirect."""


class Verdict(Protocol):
    """Whether a key was right; ``wait_seconds`` is more than 0 where too many wrong ones came before."""

    @property
    def admitted(self) -> bool:
        """Whether the key opens."""
        ...

    @property
    def wait_seconds(self) -> float:
        """How long no key is looked at."""
        ...


class Sessions(Protocol):
    """How a person signs in with the key; the API's door meets it."""

    def try_key(self, guess: str, address: str) -> Verdict:
        """Look at a key."""
        ...

    def sign_in(self, *, secure: bool) -> str:
        """The ``Set-Cookie`` value that begins a session."""
        ...

    def sign_out(self, *, secure: bool) -> str:
        """The ``Set-Cookie`` value that ends it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the pages need to know of the settings."""

    version: str
    environment: str = "production"
    trusted: bool = True
    """False where the service listens publicly without keys: then some job types may not be created or changed."""
    reason_required: bool = False
    """Whether an override without a reason is refused."""
    details: Mask | None = None
    """In development: masks the secrets in the stack of an unexpected error, which is then shown."""


def environment() -> Environment:
    """Jinja2 with autoescape everywhere; a misspelt name is an error, not an empty string."""
    found = Environment(
        loader=FileSystemLoader(web_root() / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update(FILTERS)
    found.tests.update(TESTS)
    found.filters["strip"] = strip
    found.globals["query"] = query
    return found


def query(values: Mapping[str, Any], **changes: Any) -> str:
    """A query string with some values replaced; empty ones are left out, so that addresses stay short."""
    merged = {**values, **changes}
    return "?" + urlencode({k: v for k, v in merged.items() if v not in ("", None)}, doseq=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The panel, the sessions and the templates."""

    panel: Panel
    sessions: Sessions | None
    """None where the service runs without keys."""
    options: Options
    templates: Environment = field(default_factory=environment)

    def render(self, request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A page; the frame around it is filled from the panel."""
        preferences = Preferences.read(request.cookies)
        html = self.templates.get_template(template).render(
            request=request,
            options=self.options,
            preferences=preferences,
            display=Display(now=self.panel.clock.now(), preferences=preferences),
            actor=actor(request),
            keys_on=self.sessions is not None,
            notice=unquote(request.cookies.get(NOTICE, "")),
            here=here(request),
            **context,
        )
        response = HTMLResponse(html, status_code=status)
        if request.cookies.get(NOTICE):
            response.delete_cookie(NOTICE)
        return response

    def page(self, request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A page with the status of the whole in its frame."""
        status_desk = self.panel.status
        return self.render(
            request,
            template,
            status,
            seen=request.state.seen,
            scheduler=status_desk.scheduler(),
            health=status_desk.health(),
            **context,
        )


def actor(request: Request) -> str:
    """The name that a write is recorded under; the API's authentication has put it into the request."""
    principal = request.scope.get("state", {}).get("principal")
    return getattr(principal, "name", "anonymous")


def here(request: Request) -> str:
    """Path and query of a request: where to come back to."""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def local(target: str, default: str = "/") -> str:
    """A target on this site; anything that leads elsewhere becomes the default."""
    return target if target.startswith("/") and not target.startswith(("//", "/\\")) else default


def back(target: str, notice: str = "") -> RedirectResponse:
    """A redirect after a write, with a sentence that the next page shows once."""
    response = RedirectResponse(local(target), status_code=303)
    if notice:
        response.set_cookie(NOTICE, quote(notice), max_age=30, httponly=True, samesite="lax")
    return response
