"""A name for each request, a line in the log, and the last resort: an error that nobody caught becomes a problem."""

import logging
import re
import traceback
from http import HTTPStatus
from time import perf_counter
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tasks_service.api import tracing
from tasks_service.api.principal import address_of
from tasks_service.api.problems import ProblemJson, of_error, problem
from tasks_service.core.errors import TasksError
from tasks_service.core.masking import Mask

logger = logging.getLogger(__name__)

_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")
_QUIET = re.compile(r"/(health(/.*)?|metrics|favicon\.ico|static/.*)")
"""Asked all day long by machines and browsers."""
_LONGEST_PATH = 300


class Trace:
    """Takes the caller's ``X-Request-ID`` or gives one, and answers 500 with it where all else failed.

    A request that was served is logged at ``level``. With ``details``, which masks secrets, an error that nobody caught
    is told with its stack: for development only.
    """

    def __init__(self, app: ASGIApp, *, level: int = logging.INFO, details: Mask | None = None) -> None:
        self._app = app
        self._level = level
        self._details = details

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        request_id = state["request_id"] = _request_id(scope)
        tracing.begin(request_id, state.get("run_id", ""))
        start: Message = {}
        began = perf_counter()

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, named)
        except Exception as error:
            if start:
                raise
            await self._last_resort(error, request_id)(scope, receive, named)
        finally:
            self._log(scope, start, perf_counter() - began)

    def _last_resort(self, error: Exception, request_id: str) -> ProblemJson:
        if isinstance(error, TasksError):
            return of_error(error)
        logger.exception("request %s failed", request_id, extra={"event": "http.failed"})
        return problem(
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "internal",
            "the service failed to answer",
            hint=f"the log has the cause under request {request_id}",
            **({"exception": _told(error, self._details)} if self._details else {}),
        )

    def _log(self, scope: Scope, start: Message, seconds: float) -> None:
        level = logging.DEBUG if _is_quiet(scope, start) else self._level
        if not logger.isEnabledFor(level):
            return
        path = quote(scope["path"], safe="/:@!$&'()*+,;=~")[:_LONGEST_PATH]
        status = start.get("status")
        told = {
            "event": "http.request",
            "method": scope["method"],
            "path": path,
            "status": status,
            "seconds": round(seconds, 4),
            "client": address_of(scope),
        }
        logger.log(level, "%s %s %s", scope["method"], path, status or "was not answered", extra=told)


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _ACCEPTED.fullmatch(given) else uuid4().hex


def _is_quiet(scope: Scope, start: Message) -> bool:
    """Probes, scrapes, assets, streams, and what runs ask: lines of these would bury all others."""
    if _QUIET.fullmatch(scope["path"]) or "run_id" in scope["state"]:
        return True
    return Headers(raw=list(start.get("headers", ()))).get("content-type", "").startswith("text/event-stream")


def _told(error: Exception, mask: Mask) -> dict[str, Any]:
    """Type, message and stack; the stack names lines and no values."""
    stack = "".join(traceback.format_exception(error))
    return {"type": type(error).__name__, "message": mask(str(error)), "stack": mask(stack).splitlines()}
