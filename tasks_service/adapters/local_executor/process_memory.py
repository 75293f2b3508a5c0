"""Keeping the service's own memory, in which all secrets are, from processes of the same user."""

import ctypes
import logging

_log = logging.getLogger(__name__)
_PR_SET_DUMPABLE = 4


def hide_memory() -> None:
    """Forbid others of the same user to read or trace this process."""
    if ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        _log.warning("the memory of the service can be read by jobs", extra={"event": "memory.readable"})
