"""What the service manager is told: that the service is ready, that it is alive, and that it stops."""

import asyncio
import os

from tasks_service.adapters.systemd_notifier import SystemdNotifier
from tasks_service.control.engine import Engine

_BEATS_PER_WATCH = 3
_SECONDS = 10.0
"""Between two messages where nobody watches."""
_WHILE_STARTING = 0.5


class Supervision:
    """Speaks for an engine, from the event loop: where that hangs, nothing is said."""

    def __init__(self, engine: Engine, notifier: SystemdNotifier) -> None:
        self._engine = engine
        self._notifier = notifier
        self._ready = False
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """The service answers requests from now on."""
        if self._notifier.wanted:
            self._task = asyncio.get_running_loop().create_task(self._keep_telling())

    def stopping(self) -> None:
        """The stop has begun. What is alive until the end goes on to be told."""
        self._notifier.stopping("Lets its runs finish")

    def end(self) -> None:
        """Everything has stopped."""
        if self._task:
            self._task.cancel()

    async def _keep_telling(self) -> None:
        beat = min(_SECONDS, self._notifier.watchdog_seconds / _BEATS_PER_WATCH or _SECONDS)
        while True:
            self._tell()
            await asyncio.sleep(beat if self._ready else _WHILE_STARTING)

    def _tell(self) -> None:
        if stuck := self._engine.liveness.stuck():
            self._notifier.status(f"Stuck: {stuck}")
        elif self._ready:
            self._notifier.alive(self._words())
        elif self._engine.ready:
            self._ready = True
            self._notifier.ready(self._words())
        else:
            self._notifier.status("Waits for the first sync")

    def _words(self) -> str:
        return "Leads" if self._engine.leading else "Follows the leader"


def supervise(engine: Engine) -> Supervision:
    """Supervision by whoever started this process, if it asked for it."""
    return Supervision(engine, SystemdNotifier.from_environment(os.environ, os.getpid()))
