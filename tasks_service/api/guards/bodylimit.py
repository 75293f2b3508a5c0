"""A limit to what a request may send, counted as it arrives, and to how long it may take."""

import asyncio
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tasks_service.api.problems import Refused, of_error

MAX_BYTES = 2**20
MAX_SECONDS = 30.0


class BodyLimit:
    """Refuses bodies over 1 MiB, whatever their ``Content-Length`` says, and those that trickle in."""

    def __init__(self, app: ASGIApp, *, max_bytes: int = MAX_BYTES, max_seconds: float = MAX_SECONDS) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._exceeded_by(Headers(scope=scope).get("content-length", "0")):
            await of_error(self._too_large())(scope, receive, send)
            return
        await self._app(scope, self._limited(receive), send)

    def _exceeded_by(self, declared: str) -> bool:
        digits = declared.lstrip("0") or "0"  # Python converts no number of more than 4,300 digits.
        return not declared.isdecimal() or len(digits) > len(str(self._max_bytes)) or int(digits) > self._max_bytes

    def _limited(self, receive: Receive) -> Receive:
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
            if taken > self._max_bytes:
                raise self._too_large()
            return message

        return limited

    def _too_large(self) -> Refused:
        return Refused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "too-large",
            f"the body is larger than {self._max_bytes} bytes",
            hint="send less at once",
            headers={"Connection": "close"},
        )

    def _too_slow(self) -> Refused:
        return Refused(
            HTTPStatus.REQUEST_TIMEOUT,
            "too-slow",
            f"the body did not arrive within {self._max_seconds:g} seconds",
            headers={"Connection": "close"},
        )
