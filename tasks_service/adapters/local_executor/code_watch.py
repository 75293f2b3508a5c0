"""The watch over the code of job types: whether a file that the zygote loaded is another one by now."""

import os
import time
from collections.abc import Iterable

_LOOK_SECONDS = 1.0

Stamp = tuple[int, int, int]
"""Inode, size in bytes, and time of the last change in nanoseconds."""


class CodeWatch:
    """Belongs to one zygote."""

    def __init__(self, files: Iterable[str]) -> None:
        self._stamps = {file: _stamp(file) for file in files}
        self._next_look = time.monotonic() + _LOOK_SECONDS

    def changed(self) -> str | None:
        """A file that was changed or removed; looks at most once a second."""
        now = time.monotonic()
        if now < self._next_look:
            return None
        self._next_look = now + _LOOK_SECONDS
        return next((file for file, stamp in self._stamps.items() if _stamp(file) != stamp), None)


def _stamp(file: str) -> Stamp | None:
    try:
        seen = os.stat(file)  # noqa: PTH116 - many files, before every run
    except OSError:
        return None
    return seen.st_ino, seen.st_size, seen.st_mtime_ns
