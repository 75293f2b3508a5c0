"""The limits that the kernel keeps for each single process. Those of the whole tree are the watchdog's."""

import math
import os
import resource

from tasks_service.core.run import Limits
from tasks_service.sandbox.process_tree import running_tasks

OPEN_FILES = 1024
FILE_BYTES = 4 * 1024**3
_DATA_MARGIN = 256 * 1024**2
"""Thread stacks and heaps are reserved long before they are used; beyond this much it is no reserve any more."""
_TASK_MARGIN = 512
"""The kernel counts all tasks of the user, and other runs may start more of them meanwhile."""


def apply_rlimits(limits: Limits, *, own_user: bool) -> None:
    """Limit this process and what it will start. ``own_user``: it will become a user whom nobody else is."""
    cpu = math.ceil(limits.cpu_seconds)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_NOFILE, OPEN_FILES)
    _lower(resource.RLIMIT_FSIZE, FILE_BYTES)
    _lower(resource.RLIMIT_DATA, limits.memory_bytes + _DATA_MARGIN)
    _lower(resource.RLIMIT_CPU, cpu, cpu + 5)
    if own_user:
        _lower(resource.RLIMIT_NPROC, limits.processes + _TASK_MARGIN)
    elif os.geteuid() != 0:  # For root the kernel ignores it.
        _lower(resource.RLIMIT_NPROC, running_tasks() + limits.processes + _TASK_MARGIN)


def _lower(which: int, soft: int, hard: int | None = None) -> None:
    """Set a limit, but never above the one that is in force."""
    _, ceiling = resource.getrlimit(which)
    wanted = soft if hard is None else hard
    hard = wanted if ceiling == resource.RLIM_INFINITY else min(wanted, ceiling)
    resource.setrlimit(which, (min(soft, hard), hard))
