"""A name for each request, and the last resort: an error that nobody caught becomes a problem without a traceback."""

import logging
import re
from http import HTTPStatus
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tasks_service.api.problems import of_error, problem
from tasks_service.core.errors import TasksError

logger = logging.getLogger(__name__)

_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Trace:
    """Takes the caller's ``X-Request-ID`` or gives one, and answers 500 with it where all else failed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        started = False

        async def named(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, named)
        except Exception as error:
            if started:
                raise
            if isinstance(error, TasksError):
                response = of_error(error)
            else:
                logger.exception("request %s failed", request_id, extra={"event": "api.failed"})
                response = problem(
                    HTTPStatus.INTERNAL_SERVER_ERROR,
                    "internal",
                    "the service failed to answer",
                    hint=f"the log has the cause under request {request_id}",
                    request_id=request_id,
                )
            await response(scope, receive, named)


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _ACCEPTED.fullmatch(given) else uuid4().hex
