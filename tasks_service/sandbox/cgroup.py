"""Control groups: memory and tasks of a whole run, counted by the kernel.

Version 2 where it offers both, else version 1. A group of the service's own holds one group per run. Directories are
named after the zygote that made them, so that the next one can clear up after one that was killed.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from time import sleep

from tasks_service.core.run import Limits

_ROOT = Path("/sys/fs/cgroup")
_CONTROLLERS = ("memory", "pids")
_PREFIX = "tasks-runs-"
_TASK_MARGIN = 256
"""The kernel counts threads, a manifest counts processes."""
_REMOVALS = 40
_REMOVAL_PAUSE = 0.005


def find_groups(root: Path = _ROOT, table: str | None = None) -> tuple[str, ...]:
    """Make the directories below which runs get groups: one, or with version 1 one for each controller.

    ``table`` is the content of ``/proc/self/cgroup``. Raises ``OSError`` with the reason where there can be none.
    """
    lines = Path("/proc/self/cgroup").read_text(encoding="ascii") if table is None else table
    paths = {
        name: path for _, names, path in (line.split(":", 2) for line in lines.split()) for name in names.split(",")
    }
    unified = root / paths.get("", "/").lstrip("/")
    if set(_CONTROLLERS) <= set(_words(unified / "cgroup.controllers")):
        return (str(_make_unified(unified)),)
    if not all(controller in paths for controller in _CONTROLLERS):
        raise OSError("no control group with memory and pids is this process's to divide")
    return tuple(str(_make(root / name / paths[name].lstrip("/"))) for name in _CONTROLLERS)


class RunGroup:
    """The groups of one run, below those that ``find_groups`` made."""

    def __init__(self, parents: Sequence[str], name: str, limits: Limits) -> None:
        """Make them and set the limits; raises ``OSError``."""
        self._directories = [Path(parent) / name for parent in parents]
        for directory in self._directories:
            directory.mkdir(exist_ok=True)  # Of a run whose supervisor had the same pid, and was killed.
        memory, tasks = str(limits.memory_bytes), str(limits.processes + _TASK_MARGIN)
        self._set("memory.max", memory)
        self._set("memory.swap.max", "0")
        self._set("memory.oom.group", "1")
        self._set("memory.limit_in_bytes", memory)
        self._set("memory.memsw.limit_in_bytes", memory)
        self._set("pids.max", tasks)

    def join(self) -> None:
        """Put this process, and all that will come from it, under the limits; raises ``OSError``."""
        for directory in self._directories:
            (directory / "cgroup.procs").write_text("0", encoding="ascii")

    @property
    def ran_out_of_memory(self) -> bool:
        """Whether the kernel killed something of the run for its memory."""
        return any(
            words[0] == "oom_kill" and words[1] != "0"
            for name in ("memory.events", "memory.oom_control")
            for words in map(str.split, self._read(name).splitlines())
        )

    @property
    def peak_bytes(self) -> int:
        """The most memory the kernel counted; 0 where it does not say."""
        return max(int(self._read(name) or 0) for name in ("memory.peak", "memory.max_usage_in_bytes"))

    def kill(self) -> None:
        """End everything in the group at once, where the kernel can."""
        self._set("cgroup.kill", "1")

    def remove(self) -> None:
        """Remove the groups. The kernel lets go of a process a moment after its parent has heard of its end."""
        for directory in self._directories:
            _remove(directory)

    def _set(self, name: str, value: str) -> None:
        for directory in self._directories:
            if (directory / name).exists():
                (directory / name).write_text(value, encoding="ascii")

    def _read(self, name: str) -> str:
        return "\n".join(_read(directory / name) for directory in self._directories).strip()


def leave_groups(parents: Sequence[str]) -> None:
    """Remove what ``find_groups`` made."""
    for parent in parents:
        _remove(Path(parent))


def _make_unified(own: Path) -> Path:
    """In version 2 a group that is divided holds no processes: those of the service move into one of their own."""
    made = _make(own)
    missing = [name for name in _CONTROLLERS if name not in _words(own / "cgroup.subtree_control")]
    if missing:
        service = own / "tasks-service"
        service.mkdir(exist_ok=True)
        for pid in _words(own / "cgroup.procs"):
            with suppress(ProcessLookupError):
                (service / "cgroup.procs").write_text(pid, encoding="ascii")
        (own / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in missing), encoding="ascii")
    (made / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in _CONTROLLERS), encoding="ascii")
    return made


def _make(own: Path) -> Path:
    for stale in _stale(own):
        for group in filter(Path.is_dir, stale.iterdir()):
            _remove(group)
        _remove(stale)
    made = own / f"{_PREFIX}{os.getpid()}"
    made.mkdir(exist_ok=True)
    return made


def _stale(own: Path) -> Iterator[Path]:
    return (path for path in own.glob(f"{_PREFIX}*") if not Path("/proc", path.name.removeprefix(_PREFIX)).exists())


def _remove(directory: Path) -> None:
    for _ in range(_REMOVALS):
        try:
            directory.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            sleep(_REMOVAL_PAUSE)
        else:
            return


def _words(path: Path) -> list[str]:
    return _read(path).split()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""
