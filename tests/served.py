"""An ASGI application behind a real server, in a thread of this process."""

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from house import wait_for
from sse_starlette.sse import AppStatus
from starlette.types import ASGIApp


@contextmanager
def served(app: ASGIApp) -> Iterator[tuple[str, int]]:
    """Serve on a free loopback port; gives host and port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=5))
    thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="server")
    thread.start()
    try:
        wait_for("the server", lambda: server.started)
        yield listener.getsockname()
    finally:
        server.handle_exit(signal.SIGTERM, None)  # as the signal would, so that streams end as well
        thread.join()
        AppStatus.should_exit = False
