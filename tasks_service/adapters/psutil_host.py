"""The machine underneath, through psutil."""

import socket
from collections.abc import Sequence

import psutil

from tasks_service.core.ports import HostFigure, Usage

_SAMPLE_SECONDS = 0.1


class PsutilHost:
    """Implements ``Host``."""

    def __init__(self, data_dir: str) -> None:
        self._data_dir = data_dir
        self._process = psutil.Process()
        self._process.cpu_percent()

    @property
    def node(self) -> str:
        """The host's name."""
        return socket.gethostname()

    @property
    def pid(self) -> int:
        """This process."""
        return self._process.pid

    @property
    def started(self) -> float:
        """When this process began, in Unix seconds; with the pid it names the process for good."""
        return float(self._process.create_time())

    def figures(self) -> Sequence[HostFigure]:
        """Measured now: the host's CPU share over a moment, the service's since the previous call."""
        memory, disk = psutil.virtual_memory(), psutil.disk_usage(self._data_dir)
        load = psutil.getloadavg()[0]
        host = {"scope": "host"}
        service = {"scope": "service"}
        with self._process.oneshot():
            return (
                _figure("cpu_percent", psutil.cpu_percent(interval=_SAMPLE_SECONDS), "percent", host),
                _figure("load_1m", load, "processes", host),
                _figure("memory_used_bytes", memory.total - memory.available, "bytes", host),
                _figure("memory_total_bytes", memory.total, "bytes", host),
                _figure("disk_used_bytes", disk.used, "bytes", host),
                _figure("disk_total_bytes", disk.total, "bytes", host),
                _figure("cpu_percent", self._process.cpu_percent(), "percent", service),
                _figure("memory_rss_bytes", self._process.memory_info().rss, "bytes", service),
                _figure("threads", self._process.num_threads(), "threads", service),
            )

    def usage(self) -> Usage:
        """What the service uses at this moment; returns at once."""
        with self._process.oneshot():
            times = self._process.cpu_times()
            return Usage(
                cpu_seconds=times.user + times.system,
                memory_bytes=self._process.memory_info().rss,
                open_files=self._process.num_fds(),
                threads=self._process.num_threads(),
            )

    def alive(self, pid: int, started: float) -> bool:
        """Whether that very process still exists."""
        try:
            process = psutil.Process(pid)
            return process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - started) < 1
        except psutil.Error:
            return False


def _figure(name: str, value: float, unit: str, labels: dict[str, str]) -> HostFigure:
    return HostFigure(name=name, value=float(value), unit=unit, labels=labels)
