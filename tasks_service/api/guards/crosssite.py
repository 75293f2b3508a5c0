"""Writes from other sites' pages are refused, whoever the browser belongs to."""

from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from tasks_service.api.denials import Denials
from tasks_service.api.problems import problem

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN = frozenset({"same-origin", "none"})


class CrossSite:
    """Refuses writes whose ``Sec-Fetch-Site`` or ``Origin`` tells of another site. Programs send neither."""

    def __init__(self, app: ASGIApp, *, denials: Denials) -> None:
        self._app = app
        self._denials = denials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] in _SAFE or _from_here(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        await self._denials.record(scope, "cross-site write")
        response = problem(
            HTTPStatus.FORBIDDEN,
            "cross-site",
            "another site's page may not write here",
            hint="send the request from this service's own pages or from a program",
        )
        await response(scope, receive, send)


def _from_here(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in _OWN
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""
    except ValueError:
        return False
