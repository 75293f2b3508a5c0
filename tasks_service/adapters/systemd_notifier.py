"""systemd's notification protocol: a datagram per message, to the socket that the environment names."""

import logging
import socket
from collections.abc import Mapping

log = logging.getLogger(__name__)

_SECONDS = 1.0
"""How long a manager that does not read may hold up a message."""


class SystemdNotifier:
    """Tells the manager that started this process how it is. Says nothing where none asked for it."""

    def __init__(self, address: str = "", watchdog_seconds: float = 0.0) -> None:
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self.watchdog_seconds = watchdog_seconds
        """How soon the manager ends a process that does not say that it is alive; 0 where it does not watch."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], pid: int) -> "SystemdNotifier":
        """What the manager asks of the process ``pid``. A socket of another kind than Unix's counts as none."""
        address = environment.get("NOTIFY_SOCKET", "")
        if not address.startswith(("/", "@")):
            return cls()
        microseconds = environment.get("WATCHDOG_USEC", "")
        mine = environment.get("WATCHDOG_PID", str(pid)) == str(pid)
        return cls(address, int(microseconds) / 1e6 if mine and microseconds.isdecimal() else 0.0)

    @property
    def wanted(self) -> bool:
        """Whether anybody listens."""
        return bool(self._address)

    def ready(self, status: str) -> None:
        """The start is complete; ``status`` says in words how things stand."""
        self._send(READY="1", STATUS=status)

    def alive(self, status: str) -> None:
        """Neither stuck nor dead: begin to count anew."""
        self._send(WATCHDOG="1", STATUS=status)

    def status(self, status: str) -> None:
        """Only the words."""
        self._send(STATUS=status)

    def stopping(self, status: str) -> None:
        """The stop has begun."""
        self._send(STOPPING="1", STATUS=status)

    def _send(self, **fields: str) -> None:
        """Never raises: a manager that is away is no reason to fail."""
        if not self._address:
            return
        message = "\n".join(f"{name}={' '.join(text.split())}" for name, text in fields.items())
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.settimeout(_SECONDS)
                sender.sendto(message.encode(), self._address)
        except OSError as error:
            log.warning("The service manager cannot be told: %s", error, extra={"event": "systemd.unreachable"})
