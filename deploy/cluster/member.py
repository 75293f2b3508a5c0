"""One process of the service that is started again whenever it ends by itself, as a supervisor would."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Event, Thread

_PAUSE_SECONDS = 0.5
"""Between an end and the next start."""
_STOP_SECONDS = 60.0


class Member:
    """A replica or a worker. ``starts`` counts how often it was started."""

    def __init__(self, name: str, command: str, folder: Path, env: Mapping[str, str]) -> None:
        self.name = name
        self.starts = 0
        self._command = command
        self._folder = folder
        self._env = dict(env)
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = Event()
        self._keeper = Thread(target=self._keep, name=name, daemon=True)
        folder.mkdir(parents=True, exist_ok=True)

    def start(self) -> "Member":
        """Start it, and keep it."""
        self._spawn()
        self._keeper.start()
        return self

    @property
    def pid(self) -> int:
        """Its process at this moment."""
        if self._process is None:
            raise RuntimeError(f"{self.name} has not been started")
        return self._process.pid

    @property
    def log(self) -> Path:
        """What it writes."""
        return self._folder / f"{self.name}.log"

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to its process."""
        os.kill(self.pid, number)

    def stop(self) -> None:
        """Tell it to stop, and wait until it has; a process that was stopped by a signal is continued first."""
        self._ending.set()
        if self._process is None:
            return
        for number in (signal.SIGCONT, signal.SIGTERM):
            if self._process.poll() is None:
                self._process.send_signal(number)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._keeper.join()

    def _spawn(self) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "tasks_service", self._command]
            self._process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C at the terminal is for whoever keeps it
            )
        self.starts += 1

    def _keep(self) -> None:
        while not self._ending.is_set():
            if self._process is not None:
                self._process.wait()
            if not self._ending.wait(_PAUSE_SECONDS):
                self._spawn()
