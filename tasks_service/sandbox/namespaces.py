"""Namespaces: a run that sees no processes, network or messages but its own.

::

    supervisor ── fork ──► gate, outside: waits ── fork ──► first process inside: reaps ── fork ──► the job process

The gate ends as the job process ended, so that the supervisor sees no difference. When the first process inside ends,
the kernel ends all that is left there.
"""

import ctypes
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tasks_service.sandbox import linux
from tasks_service.sandbox.child_signals import forget_signals
from tasks_service.sandbox.fork import fork_into

_NEW_MOUNTS, _NEW_UTS, _NEW_IPC, _NEW_USER = 0x00020000, 0x04000000, 0x08000000, 0x10000000
_NEW_PIDS, _NEW_NETWORK = 0x20000000, 0x40000000
_RECURSIVE, _PRIVATE, _NO_SUID, _NO_DEVICES, _NO_PROGRAMS = 16384, 1 << 18, 2, 4, 8

_OUTSIDE = 0
"""What a process sees as its parent that is not in its namespace."""

EXTRA_PROCESSES = 2
"""The gate and the first process inside are none of the job's."""

_libc = ctypes.CDLL(None, use_errno=True)


def run_inside(work: Callable[[int], int], *, network: bool) -> int:
    """Run ``work`` in new namespaces, with the pid of its parent there; called in a process of its own.

    Returns the exit code, or dies of the signal that ended the job process. Raises ``OSError`` where the machine
    allows no namespaces.
    """
    forget_signals()
    read, write = os.pipe()
    _unshare(network=network)
    inside = fork_into(lambda: _first_process(work, write))
    os.close(write)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    linux.close_descriptors_except({0, 1, 2, read})
    told = os.read(read, 16)
    _, status = os.waitpid(inside, 0)
    return _end_like(int(told) if told else status)


def _unshare(*, network: bool) -> None:
    user, group = os.geteuid(), os.getegid()
    root = user == 0
    flags = _NEW_UTS | _NEW_IPC | _NEW_PIDS | (0 if network else _NEW_NETWORK) | (0 if root else _NEW_USER)
    _check(_libc.unshare(flags), "namespaces")
    if not root:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")


def _first_process(work: Callable[[int], int], write: int) -> int:
    """Be the parent of all that comes to be inside until the job process has ended; signals do not reach it."""
    linux.die_with_parent(_OUTSIDE)
    # Not for the gate: a /proc of these processes shows it nothing of itself.
    _check(_libc.unshare(_NEW_MOUNTS), "namespaces")
    _check(_libc.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None), "mounts")
    _check(_libc.mount(b"proc", b"/proc", b"proc", _NO_SUID | _NO_DEVICES | _NO_PROGRAMS, None), "a /proc of its own")
    job = fork_into(lambda: _job_process(work, write))
    linux.close_descriptors_except({0, 1, 2, write})
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == job:
            os.write(write, str(status).encode())
            return 0


def _job_process(work: Callable[[int], int], write: int) -> int:
    os.close(write)
    return work(1)


def _end_like(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return code
    with suppress(OSError, ValueError):
        signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
    return 128 - code  # Not reached where the signal ends a process, as it did.


def _check(answer: int, what: str) -> None:
    if answer != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
