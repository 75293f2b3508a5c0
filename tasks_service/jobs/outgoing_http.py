"""One HTTP exchange with a target that somebody named in a manifest: checked, bounded, and without surprises."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from tasks_service.jobs.address_guard import AddressRefused, GuardedBackend
from tasks_service.jobs.http_transport import BackendTransport

MOST_REDIRECTS = 5
PORTS = {"http": 80, "https": 443}


class ExchangeFailed(Exception):
    """There was no usable answer. The text never holds a header, a body or a query of the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What is sent, and within which bounds."""

    method: str
    url: httpx.URL
    headers: dict[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    follow_redirects: bool
    max_bytes: int
    allow_private: bool
    own: httpx.URL | None
    """The address of the service itself, which may be called although it is not public."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    url: httpx.URL
    status: int
    content_type: str
    body: bytes


async def exchange(outgoing: Outgoing) -> Answer:
    """Send the request and read the answer; raises ``ExchangeFailed``."""
    try:
        async with httpx.AsyncClient(transport=BackendTransport(guarded(outgoing)), timeout=None) as client:  # noqa: S113 - the caller bounds the whole
            request = _request(client, outgoing)
            response = await _follow(client, request, outgoing)
            body = await _read(response, outgoing.max_bytes)
    except httpx.LocalProtocolError:
        raise ExchangeFailed("it holds a header that HTTP does not allow") from None
    except (httpx.RequestError, httpx.InvalidURL, AddressRefused) as error:
        raise ExchangeFailed(str(error) or type(error).__name__) from None
    return Answer(
        url=response.request.url,
        status=response.status_code,
        content_type=response.headers.get("Content-Type", ""),
        body=body,
    )


def guarded(outgoing: Outgoing) -> GuardedBackend:
    """What opens its connections. The service's own address counts only where it is the target: nobody else may
    redirect a request to it."""
    own = frozenset({_origin(outgoing.url)[1:]}) if outgoing.own and _same(outgoing.own, outgoing.url) else frozenset()
    return GuardedBackend(allow_private=outgoing.allow_private, allowed=own)


def _request(client: httpx.AsyncClient, outgoing: Outgoing) -> httpx.Request:
    for name, value in outgoing.headers.items():
        if not name.isascii() or not (value.isascii() and value.isprintable()):
            raise ExchangeFailed(f"the header {name!r} holds a line break or another sign that HTTP does not allow")
    bare: dict[str, Any] = {"content": outgoing.content} if outgoing.content else {}
    # Compressed answers could be far larger than they look.
    headers = {"Accept-Encoding": "identity", **outgoing.headers}
    return client.build_request(outgoing.method, outgoing.url, headers=headers, **bare)


async def _follow(client: httpx.AsyncClient, request: httpx.Request, outgoing: Outgoing) -> httpx.Response:
    for _ in range(MOST_REDIRECTS + 1):
        response = await client.send(request, stream=True)
        following = response.next_request
        if not outgoing.follow_redirects or following is None:
            return response
        await response.aclose()
        if not _same(following.url, request.url) and (outgoing.headers or outgoing.content):
            raise ExchangeFailed(
                f"it was redirected to {following.url.host}, which is not followed because the headers or the body "
                "are not meant for another host"
            )
        request = following
    raise ExchangeFailed(f"it was redirected more than {MOST_REDIRECTS} times")


async def _read(response: httpx.Response, most: int) -> bytes:
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > most:
            raise ExchangeFailed(f"the answer is longer than max_response, {most} bytes")
    return bytes(body)


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or PORTS.get(url.scheme, 0)


def _same(one: httpx.URL, other: httpx.URL) -> bool:
    return _origin(one) == _origin(other)


def shown(url: httpx.URL) -> str:
    """The address without what may be secret in it: user, password and query."""
    port = f":{url.port}" if url.port else ""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}{port}{url.path}"
