"""The few calls of the Linux kernel that the standard library does not offer."""

import ctypes
import os
import signal
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_PR_GET_NO_NEW_PRIVS = 39

_libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int = 0) -> int:
    """The system call; raises ``OSError``."""
    answer: int = _libc.prctl(option, value, 0, 0, 0)
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return answer


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies, so that none can slip away."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def forbid_new_privileges() -> None:
    """Make setuid programs powerless, for this process and all that come from it."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def new_privileges_forbidden() -> bool:
    """Whether ``forbid_new_privileges`` is in force."""
    return prctl(_PR_GET_NO_NEW_PRIVS) == 1


def hide_memory() -> None:
    """Keep processes of the same user from reading this one's memory and environment."""
    prctl(_PR_SET_DUMPABLE, 0)


def die_with_parent(parent: int) -> None:
    """Be killed when the parent dies; ``parent`` is its pid, in case it died before this call.

    A change of user ends this: say it again afterwards.
    """
    prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def close_descriptors_except(keep: set[int]) -> None:
    """Close every open file descriptor that is not named."""
    for entry in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names are enough
        if int(entry) not in keep:
            try:
                os.close(int(entry))
            except OSError:
                continue  # The descriptor that listed the directory is closed already.


def offer_to_the_oom_killer() -> None:
    """Let the kernel choose this process before the service when memory runs out."""
    try:
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
    except OSError:
        return  # Only advice: the limits hold without it.


def give_way(niceness: int) -> None:
    """Let others come first when there is more to do than the processors can: this process, and where Linux shares the
    time between sessions, its session."""
    os.nice(niceness)
    try:
        Path("/proc/self/autogroup").write_text(str(niceness), encoding="ascii")
    except OSError:
        return  # Only advice, and not every kernel has it.
