"""The supervisor's part in progress: it looks at the slate now and then, and tells the executor what is new."""

import os
import socket
import time
from contextlib import suppress

from tasks_service.core.child_protocol import PROGRESS
from tasks_service.core.framing import frame
from tasks_service.sandbox.slate import new_slate, read_slate

_PERIOD = 0.2
"""Seconds between two reports."""


class ProgressRelay:
    """Owns the slate of one run. It never waits for the executor: a stuck service must not keep limits from a run."""

    def __init__(self, control: socket.socket) -> None:
        self.slate = new_slate()
        self._control = control
        self._seen = b""
        self._next_look = 0.0
        self._outbox = b""

    def look(self) -> None:
        """Tell what is new, unless the last look was a moment ago."""
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + _PERIOD
        if not self._outbox:
            self._outbox = self._news()
        if self._outbox:
            with suppress(OSError):  # Full, or nobody listens any more.
                self._outbox = self._outbox[self._control.send(self._outbox, socket.MSG_DONTWAIT) :]

    def close(self) -> None:
        """Tell the last there is, after which other things may be said over the same socket."""
        with suppress(OSError):
            self._control.sendall(self._outbox + self._news())
        os.close(self.slate)

    def _news(self) -> bytes:
        page, report = read_slate(self.slate)
        if report is None or page == self._seen:
            return b""
        self._seen = page
        return frame(PROGRESS + report.model_dump_json().encode(errors="replace"))
