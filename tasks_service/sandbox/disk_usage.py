"""How much a directory holds: what a run has written."""

import os
from collections.abc import Iterator
from contextlib import suppress

_BLOCK = 512
"""The unit of ``st_blocks``, whatever the file system."""


def used_bytes(directory: str) -> int:
    """Bytes on disk below a directory. Links are not followed; holes and files that vanish meanwhile do not count."""
    return sum(_sizes(directory))


def _sizes(directory: str) -> Iterator[int]:
    waiting = [directory]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    yield entry.stat(follow_symlinks=False).st_blocks * _BLOCK
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
