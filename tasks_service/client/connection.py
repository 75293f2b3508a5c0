"""The way to a server: one request, one JSON answer, one error that says what to do."""

from types import TracebackType
from typing import Any, Self

import httpx

from tasks_service.core.errors import TasksError

_SECONDS = 30.0


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

    def post(self, path: str, body: Any = None, **query: Any) -> dict[str, Any]:
        """Ask for something to happen."""
        return self._ask("POST", path, body=body, query=query)

    def put(self, path: str, body: Any) -> dict[str, Any]:
        """Replace something."""
        return self._ask("PUT", path, body=body)

    def delete(self, path: str) -> dict[str, Any]:
        """Remove something."""
        return self._ask("DELETE", path)

    def _ask(self, method: str, path: str, *, body: Any = None, query: dict[str, Any] | None = None) -> dict[str, Any]:
        known = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            answer = self._http.request(method, path, json=body, params=known)
        except httpx.TimeoutException as error:
            raise ServerProblem(f"{self.url} did not answer in time", hint="look at the service's log") from error
        except httpx.InvalidURL as error:
            raise ServerProblem(f"{self.url} is no address of a server: {error}", hint="look at TASKS_URL") from error
        except httpx.HTTPError as error:
            raise ServerProblem(
                f"{self.url} cannot be reached: {error}", hint="is the service running, and is TASKS_URL right?"
            ) from error
        return _document(answer)


def _document(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = answer.json() if answer.content else {}
    except ValueError:
        document = None
    if answer.is_success and isinstance(document, dict):
        return document
    if not isinstance(document, dict):
        raise ServerProblem(
            f"{answer.url} answered {answer.status_code} with something that is no JSON document",
            hint="is TASKS_URL the address of this service?",
            status=answer.status_code,
        )
    raise ServerProblem(
        str(document.get("error") or document.get("detail") or document.get("title") or answer.reason_phrase),
        hint=str(document.get("hint") or ""),
        status=answer.status_code,
        body=document,
    )
