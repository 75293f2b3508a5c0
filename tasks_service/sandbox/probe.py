"""The isolation in force, found by trying the harmless form of each thing."""

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from tasks_service.core.child_protocol import Ready
from tasks_service.sandbox import linux
from tasks_service.sandbox.child_signals import forget_signals
from tasks_service.sandbox.fork import fork_into
from tasks_service.sandbox.process_tree import proportional_bytes


def probe() -> Ready:
    """Try everything in a process that ends right after."""
    read, write = os.pipe()
    zygote = os.getpid()

    def try_all() -> int:
        forget_signals()
        os.close(read)
        os.write(write, json.dumps(_facts(zygote)).encode())
        return 0

    pid = fork_into(try_all)
    os.close(write)
    with open(read, encoding="utf-8") as answer:  # noqa: PTH123 - a descriptor
        facts: dict[str, str] = json.loads(answer.read() or "{}")
    os.waitpid(pid, 0)
    return Ready(level="S1", facts=facts)


def _facts(zygote: int) -> dict[str, str]:
    os.setsid()
    linux.adopt_orphans()
    linux.forbid_new_privileges()
    root = os.geteuid() == 0
    return {
        "process": "own session, subreaper, rlimits, clean environment",
        "new_privileges": "forbidden" if linux.new_privileges_forbidden() else "possible",
        "user": "the service's own" + (" (root)" if root else ""),
        "service_signals": "possible" if _may_signal(zygote) else "refused",
        "files_outside": "writable" if _may_write_outside() else "refused",
        "network": "not restricted",
        "memory": "watchdog over the tree"
        + (" (shared pages divided)" if proportional_bytes(zygote) is not None else "")
        + ", RLIMIT_DATA",
        "processes": "watchdog over the tree" + ("" if root else ", RLIMIT_NPROC"),
        "cpu": "watchdog over the tree, RLIMIT_CPU",
    }


def _may_signal(pid: int) -> bool:
    with suppress(OSError):
        os.kill(pid, 0)
        return True
    return False


def _may_write_outside() -> bool:
    with suppress(OSError), tempfile.TemporaryDirectory() as directory:
        Path(directory, "probe").write_bytes(b"")
        return True
    return False
