"""Who may come in: everything is closed but a short list, for the key or for a session that was got with it."""

from http import HTTPStatus
from math import ceil
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tasks_service.api.denials import Denials
from tasks_service.api.door import Door
from tasks_service.api.principal import ADMIN, Principal, address_of, anonymous
from tasks_service.api.problems import problem

LOGIN_PATH = "/login"
WEBHOOK_PATH = "/api/webhooks/git"
OPEN_PATHS = frozenset({"/health", "/health/live", "/health/ready", LOGIN_PATH, "/favicon.ico", WEBHOOK_PATH})
_WATCHED = {LOGIN_PATH: "wrong key", WEBHOOK_PATH: "wrong signature"}
OPEN_FOLDER = "/static/"
_REFUSALS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS})


class Authentication:
    """Lets a request in with the key or a session, and names its principal. Without a door, everybody is anonymous."""

    def __init__(self, app: ASGIApp, *, door: Door | None, denials: Denials) -> None:
        self._app = app
        self._door = door
        self._denials = denials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        elif self._door is None:
            await self._let_in(scope, receive, self._watched(scope, send), anonymous(scope))
        else:
            await self._at_the_door(self._door, scope, receive, send)

    async def _at_the_door(self, door: Door, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        guess = _guess(headers)
        if guess is not None:
            verdict = door.try_key(guess, address_of(scope))
            if verdict.admitted:
                await self._let_in(scope, receive, send, Principal(name=ADMIN, keyed=True))
                return
            if not _is_open(scope["path"]):
                await self._deny(scope, receive, send, verdict.wait_seconds, "wrong key")
                return
        session = door.session(headers.get("cookie", ""))
        if session is not None:
            renewal = door.renew(session, secure=scope["scheme"] == "https")
            await self._let_in(scope, receive, _with_cookie(send, renewal), Principal(name=ADMIN, keyed=True))
        elif _is_open(scope["path"]):
            await self._let_in(scope, receive, self._watched(scope, send), anonymous(scope))
        elif _is_browser(scope, headers):
            await _to_login(scope)(scope, receive, send)
        else:
            await self._deny(scope, receive, send, 0.0, "no key")

    async def _let_in(self, scope: Scope, receive: Receive, send: Send, principal: Principal) -> None:
        scope.setdefault("state", {})["principal"] = principal
        await self._app(scope, receive, send)

    def _watched(self, scope: Scope, send: Send) -> Send:
        """Note in the audit when the page refuses a key, or a webhook's signature does not fit."""
        reason = _WATCHED.get(scope["path"])
        if reason is None:
            return send

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in _REFUSALS:
                await self._denials.record(scope, reason)
            await send(message)

        return sending

    async def _deny(self, scope: Scope, receive: Receive, send: Send, wait: float, reason: str) -> None:
        await self._denials.record(scope, reason)
        response = _wait(wait) if wait else _unauthorised(reason)
        if "hx-request" in Headers(scope=scope):  # a fragment of a page whose session has ended
            response.headers["HX-Redirect"] = LOGIN_PATH
        await response(scope, receive, send)


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith(OPEN_FOLDER)


def _guess(headers: Headers) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return headers.get("x-api-key")


def _is_browser(scope: Scope, headers: Headers) -> bool:
    machine = scope["path"].startswith("/api/") or scope["path"] == "/openapi.json"
    whole_page = scope["method"] == "GET" and "hx-request" not in headers
    return whole_page and not machine and "text/html" in headers.get("accept", "")


def _to_login(scope: Scope) -> Response:
    query = scope["query_string"].decode("latin-1")
    target = quote(scope["path"]) + (f"?{query}" if query else "")
    return RedirectResponse(f"{LOGIN_PATH}?next={quote(target, safe='/')}", status_code=HTTPStatus.SEE_OTHER)


def _unauthorised(reason: str) -> Response:
    return problem(
        HTTPStatus.UNAUTHORIZED,
        "unauthorised",
        "this key does not fit" if reason == "wrong key" else "a key is needed",
        hint="send the key as 'Authorization: Bearer <key>' or 'X-API-Key: <key>', or sign in on the page",
        headers={"WWW-Authenticate": 'Bearer realm="tasks"'},
    )


def _wait(seconds: float) -> Response:
    return problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "too-many-attempts",
        "too many wrong keys came from this address",
        hint=f"try again in {ceil(seconds)} seconds",
        headers={"Retry-After": str(ceil(seconds))},
    )


def _with_cookie(send: Send, cookie: str | None) -> Send:
    async def sending(message: Message) -> None:
        if cookie and message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if "set-cookie" not in headers:  # signing out goes before
                headers.append("Set-Cookie", cookie)
        await send(message)

    return sending
