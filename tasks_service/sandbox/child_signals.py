"""Waking up when a child process ends."""

import os
import signal
from contextlib import suppress
from types import FrameType


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Be a handler at all: only then does the kernel's signal reach the wake-up descriptor."""


class ChildSignals:
    """A descriptor that becomes readable whenever a child of this process changed its state."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _ignore)

    def fileno(self) -> int:
        """The descriptor to wait for."""
        return self._read

    def drain(self) -> None:
        """Forget what has arrived."""
        with suppress(BlockingIOError):
            os.read(self._read, 4096)


def forget_signals() -> None:
    """Undo everything in a process just forked: signals do again what they do in any program."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
