"""A service manager's side of the notification protocol: a real datagram socket, and the messages that came."""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self
from uuid import uuid4


class Manager:
    """Listens at a path, or at a name in the abstract namespace."""

    def __init__(self, folder: Path | None = None) -> None:
        self.address = f"{folder}/notify" if folder else f"@tasks-test-{uuid4().hex}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address.replace("@", "\0", 1) if folder is None else self.address)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def receive(self, seconds: float = 20.0) -> dict[str, str] | None:
        """The next message; None where none comes in time."""
        self._socket.settimeout(seconds)
        try:
            message = self._socket.recv(65536).decode()
        except TimeoutError:
            return None
        return dict(line.split("=", 1) for line in message.split("\n"))

    def wait_for(self, wanted: Callable[[dict[str, str]], bool], seconds: float = 30.0) -> dict[str, str]:
        """The first message that fits."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            message = self.receive(left)
            if message is not None and wanted(message):
                return message
        raise AssertionError("no such message came")

    def drain(self) -> None:
        """Forget what has come so far."""
        while self.receive(0.01):
            pass
