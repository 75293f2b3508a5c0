"""Whether a target can be reached: its name is resolved, a connection opened and closed again. No request is sent."""

import asyncio

import httpcore
import httpx

from tasks_service.jobs.address_guard import AddressRefused, GuardedBackend
from tasks_service.jobs.outgoing_http import PORTS

CONNECT_SECONDS = 8.0


async def obstacle(url: httpx.URL, backend: GuardedBackend, seconds: float = CONNECT_SECONDS) -> str:
    """Why nobody answers at the address; empty where somebody does, with a certificate that holds where it is https."""
    port = url.port or PORTS.get(url.scheme, 0)
    try:
        async with asyncio.timeout(seconds):
            stream = await backend.connect_tcp(url.host, port)
            try:
                if url.scheme == "https":
                    stream = await stream.start_tls(httpcore.default_ssl_context(), url.host)
            finally:
                await stream.aclose()
    except TimeoutError:
        return f"{url.host} does not answer at port {port} within {seconds:g} s"
    except (httpcore.NetworkError, httpcore.TimeoutException, AddressRefused, OSError) as error:
        return str(error) or f"{url.host} does not answer at port {port}: {type(error).__name__}"
    return ""
