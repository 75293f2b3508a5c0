"""A limit to what a request may send, counted as it arrives, and to how long it may take."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tasks_service.api.problems import Refused, of_error

MAX_BYTES = 2**20
MAX_SECONDS = 30.0
LARGER: Mapping[str, int] = {"/api/plan": 8 * MAX_BYTES}
"""What may be more, by path: a whole directory of manifests."""


class BodyLimit:
    """Refuses bodies over 1 MiB, whatever their ``Content-Length`` says, and those that trickle in.

    ``larger`` holds the paths that may take more, in bytes.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int = MAX_BYTES,
        max_seconds: float = MAX_SECONDS,
        larger: Mapping[str, int] = LARGER,
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._larger.get(scope["path"], self._max_bytes)
        if _exceeds(Headers(scope=scope).get("content-length", "0"), limit):
            await of_error(_too_large(limit))(scope, receive, send)
            return
        await self._app(scope, self._limited(receive, limit), send)

    def _limited(self, receive: Receive, limit: int) -> Receive:
        taken = 0
        complete = False
        deadline: float | None = None

        async def limited() -> Message:
            nonlocal taken, complete, deadline
            if complete:
                return await receive()
            deadline = deadline or asyncio.get_running_loop().time() + self._max_seconds
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise self._too_slow() from None
            taken += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if taken > limit:
                raise _too_large(limit)
            return message

        return limited

    def _too_slow(self) -> Refused:
        return Refused(
            HTTPStatus.REQUEST_TIMEOUT,
            "too-slow",
            f"the body did not arrive within {self._max_seconds:g} seconds",
            headers={"Connection": "close"},
        )


def _exceeds(declared: str, limit: int) -> bool:
    digits = declared.lstrip("0") or "0"  # Python converts no number of more than 4,300 digits.
    return not declared.isdecimal() or len(digits) > len(str(limit)) or int(digits) > limit


def _too_large(limit: int) -> Refused:
    return Refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "too-large",
        f"the body is larger than {limit} bytes",
        hint="send less at once",
        headers={"Connection": "close"},
    )
