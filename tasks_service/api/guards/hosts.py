"""The Host header of a loopback listener: a foreign name means that somebody's page rebinds DNS."""

from http import HTTPStatus
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from tasks_service.api.denials import Denials
from tasks_service.api.problems import problem


class Hosts:
    """Answers only to loopback names and addresses, and to the configured hosts."""

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str], denials: Denials) -> None:
        self._app = app
        self._hosts = hosts | {"localhost"}
        self._denials = denials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or self._allows(Headers(scope=scope).get("host", "")):
            await self._app(scope, receive, send)
            return
        await self._denials.record(scope, "foreign Host header")
        response = problem(
            HTTPStatus.FORBIDDEN,
            "foreign-host",
            "the service does not answer to this Host header",
            hint="call it as localhost, or add the name to TASKS_ALLOWED_HOSTS",
        )
        await response(scope, receive, send)

    def _allows(self, host: str) -> bool:
        name = name_of(host)
        if name in self._hosts:
            return True
        try:
            return ip_address(name).is_loopback
        except ValueError:
            return False


def name_of(host: str) -> str:
    """A Host header without its port and brackets, lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower().rstrip(".")
