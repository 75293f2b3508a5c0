"""The relay: one socket per run, over which its child reaches the embedded bot API and nothing else.

The socket itself is the permission: it is made for one run, inherited by its child, and needs no key. HTTP on it is
uvicorn's own protocol, on the loop that serves everything else.
"""

import asyncio
import logging
import socket
from functools import partial
from typing import Any

from starlette.applications import Starlette
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from tasks_service.api.guards.bodylimit import BodyLimit
from tasks_service.api.guards.trace import Trace
from tasks_service.api.options import Options
from tasks_service.api.problems import HANDLERS
from tasks_service.api.routes import BOT_ROUTES, routes
from tasks_service.control.panel import Panel
from tasks_service.core.errors import StoreUnavailable

logger = logging.getLogger(__name__)

_LONGEST_SILENCE_SECONDS = 7 * 86400
"""A run may think for long between two requests, and its socket cannot be opened again."""


class Relay:
    """Opens sockets for runs. ``attach`` it to the serving loop before the first run."""

    def __init__(self, panel: Panel, options: Options) -> None:
        app = Starlette(routes=routes([BOT_ROUTES], panel, options), exception_handlers=HANDLERS)
        self._config = Config(
            Trace(BodyLimit(app), details=options.details),
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_keep_alive=_LONGEST_SILENCE_SECONDS,
        )
        self._config.load()
        self._state = ServerState()
        self._connecting: set[asyncio.Task[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Serve on this loop from now on."""
        self._loop = loop

    def open(self, run_id: str) -> socket.socket:
        """The child's end of a new pair, from any thread. Ours closes when all copies of the child's end are closed."""
        if self._loop is None or self._loop.is_closed():
            raise StoreUnavailable("the relay is not attached", hint="it serves while the service listens")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        ours.setblocking(False)
        self._loop.call_soon_threadsafe(self._serve, run_id, ours)
        return theirs

    @property
    def connections(self) -> int:
        """How many sockets are open on our side."""
        return len(self._state.connections)

    async def close(self) -> None:
        """Close our ends, after the requests under way."""
        for connection in list(self._state.connections):
            connection.shutdown()
        self._loop = None

    def _serve(self, run_id: str, ours: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        made = partial(H11Protocol, self._config, self._state, {"run_id": run_id}, loop)
        task = loop.create_task(loop.connect_accepted_socket(made, ours))
        self._connecting.add(task)
        task.add_done_callback(partial(self._connected, run_id))

    def _connected(self, run_id: str, task: asyncio.Task[Any]) -> None:
        self._connecting.discard(task)
        if not task.cancelled() and task.exception():
            told = {"event": "api.relay_failed", "run": run_id}
            logger.error("the relay of run %s failed: %s", run_id, task.exception(), extra=told)
