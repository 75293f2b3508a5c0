"""The cell of one run: its directory, its user, its control group and its walls."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from tasks_service.core.confinement import Enclosure, Level, label_of
from tasks_service.core.run import RunRequest
from tasks_service.sandbox import namespaces, privileges
from tasks_service.sandbox.cgroup import RunGroup
from tasks_service.sandbox.enclosing import enclose
from tasks_service.sandbox.fork import fork_into


class Cell:
    """Made by the supervisor of the run, which stays outside; entered by the job process, which never comes out."""

    def __init__(self, enclosure: Enclosure, groups: Sequence[str], workdir: Path, request: RunRequest) -> None:
        """``groups``: below which directories it gets control groups, none without. ``workdir`` exists already; raises
        ``OSError`` where it cannot be handed over."""
        self.enclosure = enclosure
        self.workdir = workdir
        self.user = privileges.own_user() if enclosure.own_user else None
        self._group: RunGroup | None = None
        self._groups = groups
        self._name = str(os.getpid())
        self._limits = request.limits
        if self.user is not None:
            os.chown(workdir, self.user, self.user)

    def __enter__(self) -> Self:
        if self._groups:
            self._group = RunGroup(self._groups, self._name, self._limits)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._group:
            self._group.remove()

    @property
    def label(self) -> str:
        """The level, as it is kept with the run."""
        return label_of(self.enclosure.level, grouped=self._group is not None)

    @property
    def extra_processes(self) -> int:
        """How many processes of the tree are none of the job's."""
        return namespaces.EXTRA_PROCESSES if self.enclosure.level >= Level.S4 else 0

    def fork(self, work: Callable[[int], int]) -> int:
        """Run ``work`` in a new process, in namespaces where the level has them, with the pid of its parent as it sees
        it; returns the pid."""
        if self.enclosure.level >= Level.S4:
            return fork_into(partial(namespaces.run_inside, work, network=self.enclosure.network))
        return fork_into(partial(work, os.getpid()))

    def close_behind(self, parent: int) -> None:
        """Confine the calling process for good; raises ``OSError`` where a wall cannot be put up."""
        if self._group:
            self._group.join()
        enclose(self.enclosure, self.workdir, parent, self.user)

    @property
    def ran_out_of_memory(self) -> bool:
        """Whether the kernel killed something for the memory of the run."""
        return self._group is not None and self._group.ran_out_of_memory

    @property
    def peak_bytes(self) -> int:
        """The most memory the kernel counted for the whole run; 0 where it does not count."""
        return self._group.peak_bytes if self._group else 0

    def kill(self) -> None:
        """End everything in the control group, where there is one."""
        if self._group:
            self._group.kill()
