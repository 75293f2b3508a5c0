"""What this machine offers, found by trying the harmless form of each attack behind each level's walls."""

import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from tasks_service.core.child_protocol import Ready
from tasks_service.core.confinement import Enclosure, Level
from tasks_service.core.run import Limits
from tasks_service.sandbox import landlock, linux, namespaces, privileges
from tasks_service.sandbox.cgroup import RunGroup, find_groups
from tasks_service.sandbox.child_signals import forget_signals
from tasks_service.sandbox.enclosing import enclose
from tasks_service.sandbox.fork import fork_into
from tasks_service.sandbox.process_tree import proportional_bytes

_LIMITS = Limits(wall_seconds=1, cpu_seconds=1, memory_bytes=2**27, processes=8, output_bytes=0)

Trial = Callable[[int], str]
"""Tries something in a process whose parent has the given pid; the answer says what is wrong, empty for nothing."""


def probe(workspace: Path, code: Sequence[str]) -> tuple[Ready, tuple[str, ...]]:
    """Try everything, each in a process that ends right after. ``workspace`` is where runs will have directories.

    Also returns below which directories runs get control groups.
    """
    why_no_user = _try_own_user([Path(sys.executable), *map(Path, filter(None, sys.path)), workspace])
    own_user = not why_no_user
    refusals = {Level.S1: "", Level.S2: why_no_user}
    for level in (Level.S3, Level.S4):
        refusals[level] = _try_level(level, own_user=own_user)
    groups, why_no_groups = _try_groups()
    facts = _facts(refusals, own_user=own_user, why_no_groups=why_no_groups)
    return Ready(refusals=refusals, own_user=own_user, grouped=bool(groups), facts=facts, code=code), groups


def _facts(refusals: Mapping[Level, str], *, own_user: bool, why_no_groups: str) -> dict[str, str]:
    root = os.geteuid() == 0
    return {
        "process": "own session, subreaper, rlimits, clean environment",
        "new_privileges": _outcome_of(_forbid_new_privileges) or "forbidden",
        "user": "one of its own for each run" if own_user else "the service's own" + (" (root)" if root else ""),
        "service_signals": _outcome_of(_signal_parent) or "refused",
        **{level.value: why or "offered" for level, why in refusals.items() if level > Level.S1},
        "landlock": _landlock_version(),
        "control_groups": why_no_groups or "memory and tasks of each run",
        "memory": "watchdog over the tree"
        + (" (shared pages divided)" if proportional_bytes(os.getpid()) is not None else "")
        + ", RLIMIT_DATA",
        "processes": "watchdog over the tree" + ("" if root and not own_user else ", RLIMIT_NPROC"),
        "cpu": "watchdog over the tree, RLIMIT_CPU",
        "disk": "watchdog over the run's directory, RLIMIT_FSIZE",
    }


def _landlock_version() -> str:
    try:
        return f"version {landlock.interface_version()}"
    except OSError as error:
        return f"absent: {error.strerror}"


def _forbid_new_privileges(_parent: int) -> str:
    return "" if linux.new_privileges_forbidden() else "possible"


def _signal_parent(parent: int) -> str:
    return "possible at level S1" if _may_signal(parent) else ""


def _try_own_user(needed: Iterable[Path]) -> str:
    """Whether runs can be users of their own who still reach what they need; why not, empty where they can."""
    if os.geteuid() != 0:
        return "only a service of root can give runs a user of their own"
    present = [(path, os.X_OK if path.is_dir() else os.R_OK) for path in needed if path.exists()]

    def look(_parent: int) -> str:
        privileges.become(privileges.own_user())
        closed = [path for path, use in present if not os.access(path, use)]
        return f"{closed[0]} cannot be reached by other users" if closed else ""

    return _outcome_of(look)


def _try_level(level: Level, *, own_user: bool) -> str:
    """Put up the walls, and try them; why not, empty where they hold."""
    outside = os.getpid()
    with tempfile.TemporaryDirectory() as directory:

        def behind(parent: int) -> str:
            user = privileges.own_user() if own_user else None
            enclose(Enclosure(level=level), Path(directory), parent, user)
            return _open_wall(outside, Path(directory))

        return _outcome_of(behind, inside=level >= Level.S4)


def _open_wall(outside: int, workdir: Path) -> str:
    """The first of the promises that does not hold."""
    promises: dict[str, Callable[[], object]] = {
        "files outside can be written": lambda: (workdir.parent / f"probe-{os.getpid()}").write_bytes(b""),
        "sockets can be made": socket.socket,
        "the service can be signalled": lambda: os.kill(outside, 0),
        "the environment of the service can be read": lambda: Path(f"/proc/{outside}/environ").read_bytes(),
    }
    return next((broken for broken, attempt in promises.items() if _may(attempt)), "")


def _try_groups() -> tuple[tuple[str, ...], str]:
    """Where runs get control groups; and why not."""
    try:
        parents = find_groups()
        group = RunGroup(parents, "probe", _LIMITS)
    except OSError as error:
        return (), f"none: {error.strerror or error}"

    def join(_parent: int) -> str:
        group.join()
        return ""

    why = _outcome_of(join)
    group.remove()
    return ((), f"none: {why}") if why else (parents, "")


def _may(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _may_signal(pid: int) -> bool:
    return _may(lambda: os.kill(pid, 0))


def _outcome_of(trial: Trial, *, inside: bool = False) -> str:
    """What a trial says in a process that ends right after, ``inside`` namespaces or not."""
    read, write = os.pipe()

    def tell(parent: int) -> int:
        try:
            outcome = trial(parent)
        except OSError as error:
            outcome = error.strerror or str(error)
        os.write(write, f"{outcome}\n".encode())
        return 0

    def attempt() -> int:
        forget_signals()
        os.close(read)
        os.setsid()
        linux.forbid_new_privileges()
        if not inside:
            return tell(os.getppid())
        try:
            return namespaces.run_inside(tell, network=False)
        except OSError as error:
            os.write(write, f"{error.strerror}\n".encode())
            return 1

    pid = fork_into(attempt)
    os.close(write)
    with open(read, encoding="utf-8") as answer:  # noqa: PTH123 - a descriptor
        said = answer.read()
    os.waitpid(pid, 0)
    return said.strip() if said else "it does not work here"
