"""Privileges: giving up root, its capabilities, or both, for good."""

import ctypes
import os
import struct
from pathlib import Path

from tasks_service.sandbox import linux

_CAPABILITY_VERSION = 0x20080522
_PR_CAPBSET_DROP = 24
_PR_SET_SECUREBITS = 28
_NO_ROOT_AND_LOCKED = 0x03
_FIRST_OWN_USER = 0x70000000
"""Above every range that distributions, containers and directories hand out."""

_libc = ctypes.CDLL(None, use_errno=True)


def own_user() -> int:
    """The user id for the run that the calling supervisor looks after: no two living ones have the same."""
    return _FIRST_OWN_USER + os.getpid()


def become(user: int) -> None:
    """Become that user, in no group but its own; raises ``OSError`` where that is not allowed."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def drop_capabilities() -> None:
    """Give up every capability, also those that programs of root would get back. Nothing to do where there are none.

    Root without them still owns its files, but may no longer read the environment of other processes, trace them, or
    pass over permissions.
    """
    if _held():
        last = int(Path("/proc/sys/kernel/cap_last_cap").read_text(encoding="ascii"))
        for number in range(last + 1):
            linux.prctl(_PR_CAPBSET_DROP, number)
        linux.prctl(_PR_SET_SECUREBITS, _NO_ROOT_AND_LOCKED)
        header, nothing = struct.pack("=Ii", _CAPABILITY_VERSION, 0), bytes(24)
        if _libc.capset(header, nothing) != 0:
            code = ctypes.get_errno()
            raise OSError(code, f"capabilities: {os.strerror(code)}")


def _held() -> bool:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    sets = dict(line.split(":\t") for line in status.splitlines() if line.startswith("Cap"))
    return any(int(sets[name], 16) for name in ("CapPrm", "CapEff", "CapInh"))
