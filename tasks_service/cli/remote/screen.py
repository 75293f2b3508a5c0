"""The screen: whether somebody looks, how wide it is, and whether it has colours."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock, Timer

from rich.console import Console
from rich.status import Status
from rich.text import Text

_PATIENCE_SECONDS = 1.0


class Screen:
    """Where a command prints. On a terminal things are drawn for people, in a pipe they are plain text for programs."""

    def __init__(self, *, no_colour: bool = False) -> None:
        self.terminal = sys.stdout.isatty()
        colour = self.terminal and not no_colour and not os.environ.get("NO_COLOR")
        self.console = Console(color_system="auto" if colour else None, highlight=False, markup=False, emoji=False)
        self.now = datetime.now(UTC)

    @property
    def symbols(self) -> bool:
        """Whether the terminal can show signs beyond ASCII."""
        return self.terminal and self.console.encoding.lower().startswith("utf")

    def title(self, words: str) -> None:
        """Head what follows."""
        self.console.print(Text(words, style="bold"), soft_wrap=not self.terminal)


class Waiting:
    """What the command waits for, told on stderr once it has taken a second; only on a terminal."""

    def __init__(self, words: str) -> None:
        self._status = Status(words, console=Console(stderr=True, no_color=bool(os.environ.get("NO_COLOR"))))
        self._lock = Lock()
        self._over = False
        self._timer = Timer(_PATIENCE_SECONDS, self._show)
        self._timer.daemon = True

    def tell(self, words: str) -> None:
        """Say something else from now on."""
        self._status.update(words)

    def begin(self) -> None:
        """Count from here."""
        if sys.stderr.isatty():
            self._timer.start()

    def end(self) -> None:
        """Take it away."""
        with self._lock:
            self._over = True
            self._timer.cancel()
            self._status.stop()

    def _show(self) -> None:
        with self._lock:
            if not self._over:
                self._status.start()


@contextmanager
def patience(words: str) -> Iterator[Waiting]:
    """Say what takes so long, if it takes long."""
    waiting = Waiting(words)
    waiting.begin()
    try:
        yield waiting
    finally:
        waiting.end()
