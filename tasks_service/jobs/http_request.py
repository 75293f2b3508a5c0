"""The job type that sends one HTTP request and judges the answer."""

import asyncio
import json
import re
import time
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

import httpx
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from tasks_service.core.document import Document
from tasks_service.core.durations import Duration
from tasks_service.core.names import split_commas
from tasks_service.core.preflight import PreflightFinding
from tasks_service.core.sizes import Size
from tasks_service.jobs.backoff import TIME_TO_REPORT
from tasks_service.jobs.base_job import BaseJob
from tasks_service.jobs.comma_lists import comma_separated
from tasks_service.jobs.json_pointer import PATTERN as POINTER
from tasks_service.jobs.json_pointer import resolve
from tasks_service.jobs.outgoing_http import Answer, ExchangeFailed, Outgoing, exchange, guarded, shown
from tasks_service.jobs.reaching import CONNECT_SECONDS, obstacle

OWN_URL = "TASKS_URL"
ALLOW_PRIVATE = "TASKS_HTTP_ALLOW_PRIVATE"
STATUS = "[1-5](?:xx|[0-9]{2})"


def _statuses(value: Any) -> Any:
    """Numbers and comma-separated text become the list of words that they mean."""
    listed = split_commas([value] if isinstance(value, int) and not isinstance(value, bool) else value)
    if not isinstance(listed, list):
        return listed
    return [str(item) if isinstance(item, int) and not isinstance(item, bool) else item for item in listed]


StatusNumber = Annotated[int, Field(ge=100, le=599)]
STATUS_FORM = "a status is a number such as 200, or a class of them such as 2xx"


def _status(value: str) -> str:
    if not re.fullmatch(STATUS, value):
        raise PydanticCustomError("status", STATUS_FORM)
    return value


StatusWord = Annotated[
    str,
    AfterValidator(_status),
    Field(json_schema_extra={"pattern": f"^{STATUS}$", "patternErrorMessage": STATUS_FORM}),
]
Statuses = Annotated[
    Annotated[list[StatusWord], Field(min_length=1)],
    BeforeValidator(
        _statuses,
        json_schema_input_type=Annotated[list[StatusNumber | StatusWord], Field(min_length=1)]
        | StatusNumber
        | Annotated[str, Field(pattern=comma_separated(STATUS))],
    ),
]

ADDRESS = r"^(?:https?://[^\s/]\S*|/(?:[^\s/]\S*)?|\$\{TASKS_SECRET_[A-Za-z0-9_]+\}\S*)$"
ADDRESS_FORM = "a url begins with http:// or https://, or with a single / for this service itself"


def _address(value: str) -> str:
    if not re.search(ADDRESS, value):
        raise PydanticCustomError("address", ADDRESS_FORM)
    return value


Address = Annotated[
    str, AfterValidator(_address), Field(json_schema_extra={"pattern": ADDRESS, "patternErrorMessage": ADDRESS_FORM})
]


class HttpRequestFailed(Exception):
    """There was no answer, or not the one that was expected."""


class HttpRequest(BaseJob):
    """Sends the request to a checked address and keeps only what was asked for."""

    JOB_NAME = "HTTP Request"
    JOB_DESCRIPTION = "Sends an HTTP request, checks the status, and keeps values out of the JSON that comes back."
    SETTINGS = (OWN_URL, ALLOW_PRIVATE)
    NETWORK = True
    DRY_RUN = True

    class Params(Document):
        """The request, and what is expected of the answer."""

        url: Address = Field(max_length=4000, examples=["https://example.com/api/ping", "/health"])
        """An address that begins with http:// or https://; a path such as /health means this service itself."""
        method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] = "GET"
        """What is done at that address."""
        headers: dict[str, str] = Field(
            default_factory=dict, examples=[{"Authorization": "Bearer ${TASKS_SECRET_EXAMPLE}"}]
        )
        """Secrets are written as references to environment variables, such as ${TASKS_SECRET_EXAMPLE}."""
        body: str = ""
        """Sent as it stands, in UTF-8. Name its kind in the header Content-Type."""
        json_body: Any = Field(
            default=None, alias="json", examples=[{"text": "hello"}], json_schema_extra={"not": {"type": "null"}}
        )
        """Sent as JSON instead of a body."""
        expected_status: Statuses = Field(default=["2xx"], examples=[[200, 204], "2xx", "200,404"])
        """Any other status fails the run. 2xx means every status from 200 to 299."""
        timeout: Duration = timedelta(seconds=30)
        """For the whole exchange."""
        follow_redirects: bool = False
        """Up to five, each to an address that is checked again; to another host only without headers and body."""
        extract: dict[str, Annotated[str, StringConstraints(pattern=POINTER)]] = Field(
            default_factory=dict, examples=[{"version": "/version"}]
        )
        """Values that the result keeps, each by a JSON Pointer into the answer. A missing one fails the run."""
        max_response: Size = 2**20
        """A longer answer fails the run."""

        @model_validator(mode="after")
        def _one_body(self) -> Self:
            if self.body and self.json_body is not None:
                raise PydanticCustomError("two_bodies", "body and json exclude each other: keep one")
            return self

    params: Params

    async def _execute_job(self) -> dict[str, Any]:
        started = time.monotonic()
        url = self._url()
        if self.context.dry_run:
            return self._request_told(url)
        call = f"{self.params.method} {shown(url)}"
        seconds = min(self.params.timeout.total_seconds(), max(0.1, self.context.remaining_seconds() - TIME_TO_REPORT))
        try:
            async with asyncio.timeout(seconds):
                answer = await exchange(self._outgoing(url))
        except TimeoutError:
            raise HttpRequestFailed(f"{call} took longer than {seconds:g} s") from None
        except ExchangeFailed as error:
            raise HttpRequestFailed(f"{call} failed: {error}") from None
        if not any(_matches(answer.status, word) for word in self.params.expected_status):
            wanted = ", ".join(self.params.expected_status)
            raise HttpRequestFailed(f"{call} answered {answer.status}; expected is {wanted}")
        return {
            "method": self.params.method,
            "url": shown(answer.url),
            "status": answer.status,
            "content_type": answer.content_type,
            "response_bytes": len(answer.body),
            "extracted": self._extract(answer, call),
            "duration_seconds": round(time.monotonic() - started, 3),
        }

    def _request_told(self, url: httpx.URL) -> dict[str, Any]:
        """The request that a run would send, without what may be secret in it: of headers only the names."""
        outgoing = self._outgoing(url)
        told = {
            "method": outgoing.method,
            "url": shown(url),
            "headers": sorted(outgoing.headers),
            "body_bytes": len(outgoing.content),
            "follow_redirects": outgoing.follow_redirects,
            "expected_status": list(self.params.expected_status),
        }
        return {"dry_run": {"would_send": told}}

    async def _preflight(self) -> list[PreflightFinding]:
        """No request is sent: even one that only reads might count, or cost."""
        try:
            url = self._url()
        except HttpRequestFailed as error:
            remedy = "correct the url in the manifest"
            return [PreflightFinding(what=str(error), why="a run has nowhere to send its request", remedy=remedy)]
        seconds = min(self.params.timeout.total_seconds(), CONNECT_SECONDS)
        found = await obstacle(url, guarded(self._outgoing(url)), seconds)
        if not found:
            return []
        return [
            PreflightFinding(
                what=f"{shown(url)} cannot be reached: {found}",
                why="a run cannot send its request",
                remedy="see that the url is right, that its server runs, and that this machine may reach it",
            )
        ]

    def _url(self) -> httpx.URL:
        text = self.params.url
        if text.startswith("/"):
            if not self._own_url:
                raise HttpRequestFailed(f"{text} is a path of this service, but its address, {OWN_URL}, is not known")
            text = self._own_url.rstrip("/") + text
        try:
            url = httpx.URL(text)
        except httpx.InvalidURL as error:
            raise HttpRequestFailed(f"the url cannot be read: {error}") from None
        if url.scheme not in {"http", "https"} or not url.host:
            raise HttpRequestFailed("the url must begin with http:// or https:// and name a host")
        return url

    @property
    def _own_url(self) -> str:
        return self.context.settings.get(OWN_URL, "")

    def _outgoing(self, url: httpx.URL) -> Outgoing:
        params = self.params
        headers, content = dict(params.headers), params.body.encode()
        if params.json_body is not None:
            content = json.dumps(params.json_body).encode()
            headers = {"Content-Type": "application/json", **headers}
        return Outgoing(
            method=params.method,
            url=url,
            headers=headers,
            content=content,
            follow_redirects=params.follow_redirects,
            max_bytes=params.max_response,
            allow_private=self.context.settings.get(ALLOW_PRIVATE, "").lower() in {"1", "true", "yes", "on"},
            own=httpx.URL(self._own_url) if self._own_url else None,
        )

    def _extract(self, answer: Answer, call: str) -> dict[str, Any]:
        if not self.params.extract:
            return {}
        try:
            document = json.loads(answer.body)
        except (ValueError, RecursionError):
            raise HttpRequestFailed(f"{call} answered no JSON, so nothing can be extracted from it") from None
        try:
            return {name: resolve(document, pointer) for name, pointer in self.params.extract.items()}
        except LookupError as error:
            raise HttpRequestFailed(f"cannot extract from the answer of {call}: {error}") from None


def _matches(status: int, word: str) -> bool:
    return str(status) == word or (word.endswith("xx") and str(status)[0] == word[0])
