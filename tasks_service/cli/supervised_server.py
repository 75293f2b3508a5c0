"""The HTTP server, which says when it serves and when it stops."""

import socket

import uvicorn

from tasks_service.app.supervision import Supervision


class SupervisedServer(uvicorn.Server):
    """uvicorn, with the service manager told of its life."""

    def __init__(self, config: uvicorn.Config, supervision: Supervision) -> None:
        super().__init__(config)
        self._supervision = supervision

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application and serve."""
        await super().startup(sockets=sockets)
        if self.started:
            self._supervision.begin()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve no more and stop the application."""
        self._supervision.stopping()
        await super().shutdown(sockets=sockets)
        self._supervision.end()
