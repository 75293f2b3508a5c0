"""Progress: a line on a terminal for what takes longer than a second, gone when it is done."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_PATIENCE = 1.0
"""Seconds in which nobody wonders."""
_ERASE = "\r\033[K"


@contextmanager
def progress(doing: str) -> Iterator[None]:
    """Say on stderr what goes on and for how long, where people watch; nothing where a program reads."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    teller = threading.Thread(target=_tell, args=(doing, done), name="progress", daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _tell(doing: str, done: threading.Event) -> None:
    begun, told = time.monotonic(), False
    while not done.wait(_PATIENCE):
        sys.stderr.write(f"{_ERASE}{doing} … {time.monotonic() - begun:.0f} s")
        sys.stderr.flush()
        told = True
    if told:
        sys.stderr.write(_ERASE)
        sys.stderr.flush()
