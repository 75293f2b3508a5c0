"""A loop: one thread that takes a step whenever it is woken, or when the time that the last step named has passed."""

import logging
from collections.abc import Callable
from threading import Event, Thread

log = logging.getLogger(__name__)

_FIRST_BACKOFF = 0.5
_LONGEST_BACKOFF = 30.0


class Loop:
    """Runs ``step`` in a thread of its own. A failing step is logged and tried again with capped backoff: a loop never
    ends by itself."""

    def __init__(self, name: str, step: Callable[[], float], longest_backoff: float = _LONGEST_BACKOFF) -> None:
        self.name = name
        self._step = step
        self._longest_backoff = longest_backoff
        self._wake = Event()
        self._stopping = Event()
        self._thread: Thread | None = None
        self.failure = ""
        """The error of the latest step; empty where it went well."""
        self.step_under_way: int | None = None
        """The number of the step under way; None between two steps."""
        self._steps = 0

    def start(self) -> None:
        """Take the first step at once."""
        self._stopping.clear()
        self._wake.set()
        self._thread = Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Take a step soon. Wakes that come together make one step."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the step under way and end."""
        self._stopping.set()
        self._wake.set()
        if self._thread:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        pause, backoff = 0.0, _FIRST_BACKOFF
        while True:
            self._wake.wait(timeout=pause)
            self._wake.clear()
            if self._stopping.is_set():
                return
            self._steps += 1
            self.step_under_way = self._steps
            try:
                pause, backoff = self._step(), _FIRST_BACKOFF
                self.failure = ""
            except Exception as error:
                self.failure = f"{type(error).__name__}: {error}"
                log.exception("A step of the %s loop failed", self.name, extra={"event": "loop.step_failed"})
                pause, backoff = backoff, min(backoff * 2, self._longest_backoff)
            self.step_under_way = None
