"""Counts every answer by its route, for the metrics."""

import time

from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tasks_service.control.traffic import Traffic

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
OTHER = "other"
"""Any other method: a caller may invent as many as it likes."""
NONE = "none"
"""The route of what a guard answered, or of an address that nobody serves."""


class Metering:
    """The outermost guard, so that what the others refuse is counted, too."""

    def __init__(self, app: ASGIApp, *, traffic: Traffic) -> None:
        self._app = app
        self._traffic = traffic
        self._templates: dict[object, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begin = time.perf_counter()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                method = scope["method"] if scope["method"] in METHODS else OTHER
                self._traffic.count(method, self._template(scope), message["status"], time.perf_counter() - begin)
            await send(message)

        await self._app(scope, receive, counted)

    def _template(self, scope: Scope) -> str:
        """The path as the route table has it. The router has left the endpoint in the scope."""
        if not self._templates:
            self._templates = {_endpoint(route): path for route in scope["app"].routes if (path := _path(route))}
        return self._templates.get(scope.get("endpoint"), NONE)


def _endpoint(route: BaseRoute) -> object:
    return route.app if isinstance(route, Mount) else getattr(route, "endpoint", None)


def _path(route: BaseRoute) -> str:
    return route.path if isinstance(route, Mount | Route) else ""
