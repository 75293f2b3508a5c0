"""The progress of a run that is followed: one line on a terminal that renews itself, else a line now and then."""

import shutil
import sys
import time
from datetime import datetime

from tasks_service.client.runs import Progress as Told
from tasks_service.core.progress import Progress

_PERIOD = 10.0
"""Seconds between two lines where nobody can renew one."""
_ERASE = "\r\033[K"


class ProgressLine:
    """On stderr, so that it is no part of the output."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._stands = False
        self._next = 0.0

    def show(self, told: Told) -> None:
        """Show the newest."""
        words = Progress(**{**told, "at": datetime.fromisoformat(told["at"])}).words
        if self._terminal:
            # A line that wraps could not be erased.
            self._write(f"{_ERASE}{words[: shutil.get_terminal_size().columns - 1]}")
            self._stands = True
        elif time.monotonic() >= self._next:
            self._next = time.monotonic() + _PERIOD
            self._write(f"progress: {words}\n")

    def clear(self) -> None:
        """Make room for a line of output, or for the end."""
        if self._stands:
            self._write(_ERASE)
            self._stands = False

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
