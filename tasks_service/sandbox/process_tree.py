"""The process tree below a process, read from /proc."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_KERNEL_LISTS_CHILDREN = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One look at a process."""

    pid: int
    parent: int
    zombie: bool
    threads: int
    cpu_seconds: float
    """Of itself and of the children it has waited for."""
    resident_bytes: int
    """Pages shared with others count in full."""


def read_process(pid: int) -> Process | None:
    """The process of that pid; None where there is none any more."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123 - read twenty times a second
            fields = stat.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return Process(
        pid=pid,
        parent=int(fields[1]),
        zombie=fields[0] in (b"Z", b"X"),
        threads=int(fields[17]),
        cpu_seconds=sum(map(int, fields[11:15])) / _TICKS,
        resident_bytes=int(fields[21]) * _PAGE,
    )


def descendants(root: int) -> list[Process]:
    """Everything below a process, parents first, zombies included; processes that come and go meanwhile may lack."""
    if not _KERNEL_LISTS_CHILDREN:
        return list(_by_parent(root))
    found: list[Process] = []
    waiting = children(root)
    while waiting:
        process = read_process(waiting.pop())
        if process is not None:
            found.append(process)
            waiting += children(process.pid, process.threads)
    return found


def children(pid: int, threads: int = 0) -> list[int]:
    """The pids of a process's children. ``threads`` spares a look where it is known to be 1."""
    if not _KERNEL_LISTS_CHILDREN:
        return [process.pid for process in _all() if process.parent == pid]
    try:
        tasks = [str(pid)] if threads == 1 else os.listdir(f"/proc/{pid}/task")  # noqa: PTH208
    except OSError:
        return []
    return [child for task in tasks for child in _children_of_task(pid, task)]


def running_tasks() -> int:
    """How many processes and threads there are altogether, as far as they may be seen."""
    return sum(process.threads for process in _all())


def proportional_bytes(pid: int) -> int | None:
    """Memory with shared pages divided among those who share them; None where it may not be read."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return None
    for line in text.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return None


def _children_of_task(pid: int, task: str) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{task}/children", "rb") as listed:  # noqa: PTH123
            return [int(child) for child in listed.read().split()]
    except OSError:
        return []


def _by_parent(root: int) -> Iterator[Process]:
    below: dict[int, list[Process]] = {}
    for process in _all():
        below.setdefault(process.parent, []).append(process)
    waiting = [root]
    while waiting:
        for process in below.get(waiting.pop(), ()):
            waiting.append(process.pid)
            yield process


def _all() -> Iterator[Process]:
    for entry in os.listdir("/proc"):  # noqa: PTH208
        if entry.isdigit() and (process := read_process(int(entry))) is not None:
            yield process
