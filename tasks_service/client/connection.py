"""The way to a server: one request, one JSON answer, one error that says what to do."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, NoReturn, Self

import httpx

from tasks_service.core.errors import TasksError

_SECONDS = 30.0
_SILENCE_SECONDS = 45.0
"""A stream that is silent for so long is broken: the server gives a sign of life every 15 seconds."""
_ROLES = {"GET": "viewer", "POST": "operator", "PUT": "admin", "DELETE": "admin"}


class ServerProblem(TasksError):
    """The server refused, failed or did not answer; ``status`` is that of HTTP, 0 where there was no answer."""

    def __init__(self, message: str, *, hint: str = "", status: int = 0, body: dict[str, Any] | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.body = body or {}


class Connection:
    """A server and the key it is asked with. ``transport`` replaces the network."""

    def __init__(
        self, url: str, key: str = "", *, seconds: float = _SECONDS, transport: httpx.BaseTransport | None = None
    ) -> None:
        headers = {"accept": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
        self.url = url.rstrip("/")
        self._http = httpx.Client(
            base_url=self.url, headers=headers, timeout=seconds, transport=transport, follow_redirects=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Read; parameters that are None are left out."""
        return self._ask("GET", path, query=query)

    def content(self, path: str) -> bytes:
        """Read something that is no JSON."""
        try:
            answer = self._http.get(path)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._unreachable(error) from error
        if not answer.is_success:
            _refuse(answer)
        return answer.content

    def post(self, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        """Ask for something to happen."""
        return self._ask("POST", path, body=body, query=query)

    def put(self, path: str, body: Any) -> dict[str, Any]:
        """Replace something."""
        return self._ask("PUT", path, body=body)

    def delete(self, path: str) -> dict[str, Any]:
        """Remove something."""
        return self._ask("DELETE", path)

    @contextmanager
    def stream(self, path: str, headers: Mapping[str, str], **query: Any) -> Iterator[Iterator[str]]:
        """The lines of a stream of events as they come; a broken one is a ``ServerProblem`` with status 0."""
        known = _given(query)
        timeout = httpx.Timeout(_SECONDS, read=_SILENCE_SECONDS)
        told = {"accept": "text/event-stream", **headers}
        try:
            with self._http.stream("GET", path, params=known, headers=told, timeout=timeout) as answer:
                if not answer.is_success:
                    answer.read()
                    _refuse(answer)
                yield answer.iter_lines()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._unreachable(error) from error

    def _ask(self, method: str, path: str, *, body: Any = None, query: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            answer = self._http.request(method, path, json=body, params=_given(query or {}))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._unreachable(error) from error
        return _document(answer)

    def _unreachable(self, error: Exception) -> ServerProblem:
        if isinstance(error, httpx.TimeoutException):
            return ServerProblem(f"{self.url} did not answer in time", hint="look at the service's log")
        if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
            return ServerProblem(f"{self.url} is no address of a server: {error}", hint="look at TASKS_URL")
        return ServerProblem(
            f"{self.url} cannot be reached: {error}",
            hint="start the service with `tasks serve`, or name another with TASKS_URL or --server",
        )


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _document(answer: httpx.Response) -> dict[str, Any]:
    document = _parsed(answer)
    if document is None or not answer.is_success:
        _refuse(answer)
    return document


def _parsed(answer: httpx.Response) -> dict[str, Any] | None:
    """The JSON object of an answer, an empty one for no content; None where it is something else."""
    try:
        document = answer.json() if answer.content else {}
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _refuse(answer: httpx.Response) -> NoReturn:
    document = _parsed(answer)
    if document is None:
        raise ServerProblem(
            f"{answer.url} answered {answer.status_code} with something that is no JSON document",
            hint="is TASKS_URL the address of this service?",
            status=answer.status_code,
        )
    raise ServerProblem(
        str(document.get("error") or document.get("detail") or document.get("title") or answer.reason_phrase),
        hint=_hint(answer, document),
        status=answer.status_code,
        body=document,
    )


def _hint(answer: httpx.Response, document: Mapping[str, Any]) -> str:
    """What to do from a command line, where the server cannot know that it was one."""
    told = str(document.get("hint") or "") or "; ".join(_finding(found) for found in document.get("diagnostics") or ())
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        return "set TASKS_API_KEY, or TASKS_API_KEY_FILE, to a key of this service"
    if answer.status_code == httpx.codes.FORBIDDEN:
        return told or f"this needs a key with the role {_ROLES.get(answer.request.method, 'admin')}"
    if answer.is_server_error:
        request = document.get("request_id")
        return told or f"look at the service's log{f', request {request}' if request else ''}"
    return told


def _finding(found: Mapping[str, Any]) -> str:
    """What is wrong in what was sent, and what to do."""
    hint = f" ({found['hint']})" if found.get("hint") else ""
    return f"{found.get('message')}{hint}"
