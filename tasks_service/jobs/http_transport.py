"""HTTP for httpx over a network of our own choosing: who opens the connections is a parameter."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpcore
import httpx


class BackendTransport(httpx.AsyncBaseTransport):
    """Speaks HTTP/1.1 over connections that a network backend opens."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend) -> None:
        self._pool = httpcore.AsyncConnectionPool(max_connections=1, network_backend=backend)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the body of the answer is read later, piece by piece."""
        if not isinstance(request.stream, httpx.AsyncByteStream):
            raise TypeError("an asynchronous client sends asynchronous bodies")
        url = request.url
        sent = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _errors_of_httpx(request):
            answer = await self._pool.handle_async_request(sent)
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer, request), extensions=answer.extensions
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response, request: httpx.Request) -> None:
        self._answer = answer
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _errors_of_httpx(self._request):
            async for part in self._answer.aiter_stream():
                yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


@contextmanager
def _errors_of_httpx(request: httpx.Request) -> Iterator[None]:
    try:
        yield
    except httpcore.ConnectError as error:
        raise httpx.ConnectError(str(error), request=request) from error
    except httpcore.TimeoutException as error:
        raise httpx.ReadTimeout(str(error), request=request) from error
    except httpcore.ProtocolError as error:
        raise httpx.RemoteProtocolError(str(error), request=request) from error
    except httpcore.NetworkError as error:
        raise httpx.NetworkError(str(error), request=request) from error
