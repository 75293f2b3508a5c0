"""The bot API as a client sees it: the Slack bot's over the network, or the embedded one over the relay."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Self

import httpx

from tasks_service.jobs.backoff import Backoff, retry_after_seconds
from tasks_service.jobs.context import JobContext
from tasks_service.jobs.http_transport import BackendTransport
from tasks_service.jobs.relay import RelayBackend

TRANSIENT = frozenset({408, 425, 429, *range(500, 600)})
USERS_PER_CALL = 200
LONGEST_CALL = 60.0
"""Seconds one call may take."""

METRIC_QUERIES: dict[str, dict[str, str]] = {
    "usage": {"include_details": "true"},
    "performance": {"include_system": "true"},
    "errors": {"severity": "warning,error,critical"},
}


class BotApiError(Exception):
    """A call of the bot API failed."""


class BotApiUnavailable(BotApiError):
    """It could not be reached, or answered with a transient failure until the tries were used up."""


class BotApiRefused(BotApiError):
    """It answered, and will answer the same again; ``status`` is the HTTP status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class BotApiMalformed(BotApiError):
    """Its answer is not what the bot API promises."""


class BotClient:
    """Calls the bot API; transient failures are tried again inside the run's deadline."""

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._where = context.bot_api.url or "the embedded bot API"
        self._http = _http_client(context)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def import_users(self, users: Sequence[Mapping[str, Any]], batch: int, batches: int) -> int:
        """Send one batch of users; returns how many were processed."""
        context = self._context
        document = {
            "users": list(users),
            "job_id": context.job_id,
            "run_id": context.run_id,
            "job_type": context.job_type,
            "batch": batch,
            "batches": batches,
        }
        headers = {"Idempotency-Key": f"{context.run_id}-{batch}"}
        answer = await self._call("POST", "/api/users/import", json=document, headers=headers)
        count = answer.get("processed_count")
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise BotApiMalformed(f"POST /api/users/import of {self._where} answered without a processed_count")
        return count

    async def users(self) -> AsyncIterator[Mapping[str, Any]]:
        """The stored users, where the bot API lists them; ``BotApiRefused`` where it does not."""
        cursor: str | None = None
        while True:
            query = {"limit": str(USERS_PER_CALL), **({"cursor": cursor} if cursor else {})}
            answer = await self._call("GET", "/api/users", params=query)
            items = answer.get("items")
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                raise BotApiMalformed(f"GET /api/users of {self._where} answered without a list of items")
            for item in items:
                yield item
            following = answer.get("next_cursor")
            if not isinstance(following, str) or following == cursor:
                return
            cursor = following

    async def metrics(self, kind: str, hours: int) -> list[Any]:
        """The points of ``usage``, ``performance`` or ``errors`` of the last hours."""
        path = f"/api/metrics/{kind}"
        answer = await self._call("GET", path, params={"hours": str(hours), **METRIC_QUERIES[kind]})
        data = answer.get("data")
        if not isinstance(data, list):
            raise BotApiMalformed(f"GET {path} of {self._where} answered without a list of data")
        return data

    async def store_metrics(self, metrics: Mapping[str, Any], collection_time: str) -> dict[str, Any]:
        """Store a collection; returns what the bot API says to it."""
        document = {
            "job_id": self._context.job_id,
            "job_type": self._context.job_type,
            "metrics": metrics,
            "collection_time": collection_time,
        }
        return await self._call("POST", "/api/metrics/store", json=document)

    async def _call(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        backoff = Backoff(context=self._context)
        call = f"{method} {path} of {self._where}"
        while True:
            asked = None
            try:
                response = await self._http.request(method, path, timeout=self._timeout(), **request)
            except httpx.TransportError as error:
                failure = f"{call} failed: {_reason(error)}"
            else:
                if response.status_code not in TRANSIENT:
                    return _document(response, call)
                failure = f"{call} answered {response.status_code}{_detail(response)}"
                if response.status_code == 429:
                    asked = retry_after_seconds(response.headers.get("Retry-After"))
            self._context.logger.warning("%s", failure, extra={"event": "bot_api.transient_failure"})
            if not await backoff.again(asked):
                raise BotApiUnavailable(f"{failure}; further tries did not help or did not fit into the run's time")

    def _timeout(self) -> float:
        return max(0.1, min(LONGEST_CALL, self._context.remaining_seconds()))


def _http_client(context: JobContext) -> httpx.AsyncClient:
    api = context.bot_api
    if api.url:
        headers = {"Authorization": f"Bearer {api.key}"} if api.key else {}
        return httpx.AsyncClient(base_url=api.url, headers=headers, trust_env=False)
    if context.relay is None:
        raise BotApiUnavailable("this run was given neither a bot API nor a relay to the embedded one")
    transport = BackendTransport(RelayBackend(context.relay))
    return httpx.AsyncClient(base_url="http://localhost", transport=transport)


def _document(response: httpx.Response, call: str) -> dict[str, Any]:
    if not response.is_success:
        raise BotApiRefused(f"{call} answered {response.status_code}{_detail(response)}", response.status_code)
    try:
        document = response.json()
    except (ValueError, RecursionError) as error:
        raise BotApiMalformed(f"{call} answered with a body that is no JSON") from error
    if not isinstance(document, dict):
        raise BotApiMalformed(f"{call} answered with JSON that is no object")
    return document


def _detail(response: httpx.Response) -> str:
    """The sentence of a problem document, if the answer is one."""
    try:
        document = response.json()
    except ValueError:
        return ""
    known = document if isinstance(document, dict) else {}
    sentence = known.get("detail") or known.get("error") or known.get("message") or ""
    return f": {str(sentence)[:300]}" if sentence else ""


def _reason(error: httpx.TransportError) -> str:
    return str(error) or type(error).__name__
