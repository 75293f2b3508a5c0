"""The watchdog: it looks at the whole process tree of a run and says when a limit is passed."""

import os
import resource
import time

from tasks_service.core.run import Limits, RunError
from tasks_service.sandbox.cell import Cell
from tasks_service.sandbox.disk_usage import used_bytes
from tasks_service.sandbox.process_tree import Process, descendants, proportional_bytes

_PERIOD = 0.05
_LONGEST_PERIOD = 0.5
_SHARE = 0.05
"""The most that looking may cost, as a share of one processor, unless the longest period is reached."""
_MIB = 1024 * 1024


class Watchdog:
    """Samples everything below this process. Between two looks a tree can grow: the kernel's own limits narrow that."""

    def __init__(self, limits: Limits, cell: Cell) -> None:
        self._limits = limits
        self._cell = cell
        self._peak_bytes = 0
        self._next_look = time.monotonic() + _PERIOD

    @property
    def peak_bytes(self) -> int:
        """The most memory that was seen or reported."""
        return self._peak_bytes

    @property
    def next_look(self) -> float:
        """When to call ``look`` again, on the monotonic clock."""
        return self._next_look

    def note_peak(self, one_process_bytes: int) -> None:
        """Take over what the kernel says of a process that ended."""
        self._peak_bytes = max(self._peak_bytes, one_process_bytes)

    def look(self) -> RunError | None:
        """Sample once; the limit that is passed, as the error of the run."""
        began = time.process_time()
        error = self._judge([process for process in descendants(os.getpid()) if not process.zombie])
        cost = time.process_time() - began
        self._next_look = time.monotonic() + min(max(_PERIOD, cost / _SHARE), _LONGEST_PERIOD)
        return error

    def _judge(self, tree: list[Process]) -> RunError | None:
        processes = len(tree) - self._cell.extra_processes
        if processes > self._limits.processes:
            return RunError(
                type="ProcessLimitExceeded",
                message=f"killed: {self._limits.processes} processes exceeded ({processes} seen)",
            )
        memory = self._memory(tree)
        self.note_peak(memory)
        if memory > self._limits.memory_bytes or self._cell.ran_out_of_memory:
            return memory_limit_exceeded(self._limits, self._peak_bytes)
        used = sum(process.cpu_seconds for process in tree) + waited_cpu_seconds()
        if used > self._limits.cpu_seconds:
            return cpu_limit_exceeded(self._limits, used)
        return self._judge_disk()

    def _judge_disk(self) -> RunError | None:
        used = used_bytes(str(self._cell.workdir))
        if used <= self._limits.disk_bytes:
            return None
        return RunError(
            type="DiskLimitExceeded",
            message=f"killed: {self._limits.disk_bytes / _MIB:.0f} MiB of files exceeded ({used / _MIB:.0f} MiB seen)",
        )

    def _memory(self, tree: list[Process]) -> int:
        """Resident memory; where that exceeds the limit, shared pages are divided before anybody is accused."""
        resident = sum(process.resident_bytes for process in tree)
        if resident <= self._limits.memory_bytes:
            return resident
        return sum(_proportional(process) for process in tree)


def waited_cpu_seconds() -> float:
    """CPU time of all descendants that have been waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def memory_limit_exceeded(limits: Limits, peak_bytes: int, trace: str = "") -> RunError:
    """Why a run was killed, or a process of it, that took too much memory. ``trace``: what the job said to that."""
    return RunError(
        type="MemoryLimitExceeded",
        message=f"killed: {limits.memory_bytes / _MIB:.0f} MiB exceeded (peak {peak_bytes / _MIB:.0f} MiB)",
        traceback=trace,
    )


def memory_refused(limits: Limits, peak_bytes: int, trace: str) -> RunError:
    """Why a run failed whose job was refused memory by the kernel."""
    return RunError(
        type="MemoryLimitExceeded",
        message=f"an allocation beyond {limits.memory_bytes / _MIB:.0f} MiB was refused "
        f"(peak {peak_bytes / _MIB:.0f} MiB)",
        traceback=trace,
    )


def cpu_limit_exceeded(limits: Limits, used: float) -> RunError:
    """Why a run was killed that computed too long."""
    return RunError(
        type="CpuLimitExceeded",
        message=f"killed: {limits.cpu_seconds:g} s of CPU time exceeded ({used:.1f} s used)",
    )


def _proportional(process: Process) -> int:
    measured = proportional_bytes(process.pid)
    return process.resident_bytes if measured is None else measured
