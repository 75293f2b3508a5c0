"""The zygote as its executor sees it: a process that is started, told to spawn, and listened to."""

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from tasks_service.core.child_protocol import PACKET_LIMIT, Kill, Ready, Retire, Spawn

_MODULE = "tasks_service.sandbox.zygote"
_LEAVE_SECONDS = 15.0


class ZygoteProcess:
    """One zygote. It ends when it is told to leave, and when this process dies."""

    def __init__(self, import_path: Sequence[str], workspace: Path, withheld: Sequence[str]) -> None:
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.complaints, complaining = os.pipe()
        self.channel.setblocking(False)
        os.set_blocking(self.complaints, False)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", _MODULE, str(theirs.fileno()), str(workspace), *withheld],
                env=_environment(import_path),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=complaining,
                start_new_session=True,
            )
        except OSError:
            self._close()
            raise
        finally:
            theirs.close()
            os.close(complaining)

    def order(self, order: Spawn | Kill | Retire, descriptors: Sequence[int] = ()) -> None:
        """Send an order; raises ``BlockingIOError`` where the zygote has too many before it already."""
        socket.send_fds(self.channel, [order.model_dump_json().encode()], descriptors)

    def receive(self) -> Ready | None:
        """What it says; None when it is gone, or talks nonsense, as one of another version does."""
        try:
            packet = self.channel.recv(PACKET_LIMIT)
            return Ready.model_validate_json(packet) if packet else None
        except (ConnectionResetError, ValidationError):
            return None

    def read_complaints(self) -> str | None:
        """What it or a supervisor wrote to its stderr since the last call; None at the end."""
        try:
            data = os.read(self.complaints, 65536)
        except BlockingIOError:
            return ""
        return data.decode(errors="replace") if data else None

    def leave(self) -> None:
        """Let it go, and wait until it is gone with all its runs."""
        self.channel.close()
        try:
            self._process.wait(_LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._close()

    def kill(self) -> None:
        """Make sure that one which does not answer is gone."""
        self._process.kill()
        self._process.wait()
        self._close()

    def _close(self) -> None:
        self.channel.close()
        os.close(self.complaints)


def _environment(import_path: Sequence[str]) -> dict[str, str]:
    """No variable of the service's own: they may hold secrets."""
    modules = os.pathsep.join(str(Path(entry).absolute()) for entry in import_path)
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "TZ": "UTC", "PYTHONPATH": modules}
