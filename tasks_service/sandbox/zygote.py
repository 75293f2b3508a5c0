"""The zygote: one clean process in which the job types are loaded already, and of which every run is a fork.

``python -m tasks_service.sandbox.zygote FD DIRECTORY [TYPE …]`` serves the executor on the socket with that descriptor;
runs work below the directory, and the job types named are not loaded. It is never given a secret: requests go past it,
over a socket of their own, to the supervisor of each run.
"""

import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from select import POLLIN, poll

from tasks_service.core.child_protocol import ORDERS, PACKET_LIMIT, Kill, Retire, Spawn
from tasks_service.jobs.job_registry import job_type_files, load_job_types, load_only
from tasks_service.sandbox import linux, reach
from tasks_service.sandbox.cgroup import leave_groups
from tasks_service.sandbox.child_signals import ChildSignals, forget_signals
from tasks_service.sandbox.fork import fork_into
from tasks_service.sandbox.import_guard import install_import_guard
from tasks_service.sandbox.job_process import Descriptors
from tasks_service.sandbox.probe import probe
from tasks_service.sandbox.process_tree import children, descendants
from tasks_service.sandbox.supervisor import supervise

_DESCRIPTORS = 4
_LAST_PATIENCE = 10.0
"""Seconds that supervisors are given once the service is gone."""


class Zygote:
    """Forks supervisors, and sweeps up after those that were killed."""

    def __init__(self, channel: socket.socket, groups: Sequence[str]) -> None:
        self._channel = channel
        self._groups = groups
        self._connected = True
        self._retired = False
        self._signals = ChildSignals()
        self._supervisors: dict[int, str] = {}

    def serve(self) -> None:
        """Obey until the executor closes its end, then see the last run out."""
        waiting = poll()
        waiting.register(self._channel, POLLIN)
        waiting.register(self._signals.fileno(), POLLIN)
        while self._connected:
            ready = {descriptor for descriptor, _ in waiting.poll()}
            self._signals.drain()
            self._reap()
            if self._channel.fileno() in ready:
                self._connected = self._obey()
            if self._retired and not self._supervisors:
                return
        self._leave()

    def _obey(self) -> bool:
        packet, descriptors, _, _ = socket.recv_fds(self._channel, PACKET_LIMIT, _DESCRIPTORS, socket.MSG_CMSG_CLOEXEC)
        if not packet:
            return False
        match ORDERS.validate_json(packet):
            case Spawn() as order:
                self._spawn(order, descriptors)
            case Retire():
                self._retired = True
            case Kill(run_id=run_id):
                _kill(pid for pid, supervised in self._supervisors.items() if supervised == run_id)
        for descriptor in descriptors:
            os.close(descriptor)
        return True

    def _spawn(self, order: Spawn, descriptors: list[int]) -> None:
        reach.readable(order.enclosure.readable, order.enclosure.private)
        try:
            pid = fork_into(partial(_supervise, order, descriptors, self._groups))
        except OSError as error:
            print(f"run {order.run_id} cannot be forked: {error}", file=sys.stderr)  # noqa: T201 - the executor logs it
            return
        self._supervisors[pid] = order.run_id

    def _reap(self) -> None:
        """Wait for supervisors that ended. What a killed one left has become ours, and goes after it."""
        killed = False
        with suppress(ChildProcessError):
            while (waited := os.waitpid(-1, os.WNOHANG))[0]:
                self._supervisors.pop(waited[0], None)
                killed |= waited[1] != 0
        while killed and (orphans := set(children(os.getpid())) - self._supervisors.keys()):
            _kill(process.pid for orphan in orphans for process in descendants(orphan))
            _kill(orphans)
            for orphan in orphans:
                os.waitpid(orphan, 0)

    def _leave(self) -> None:
        """The supervisors saw the same end on their own sockets; whoever does not go is made to."""
        patience = time.monotonic() + _LAST_PATIENCE
        while self._supervisors:
            if time.monotonic() > patience:
                _kill(self._supervisors)
            time.sleep(0.01)
            self._reap()


def _kill(pids: Iterable[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _supervise(order: Spawn, descriptors: list[int], groups: Sequence[str]) -> int:
    forget_signals()
    linux.close_descriptors_except({0, 1, 2, *descriptors})
    control, stdout, stderr, *relay = descriptors
    given = Descriptors(stdout=stdout, stderr=stderr, relay=relay[0] if relay else None)
    # A copy: the descriptor itself closes with this process, so that nobody hears of the end of a run before that.
    supervise(socket.socket(fileno=os.dup(control)), given, order, groups)
    return 0


def main(channel: socket.socket, workspace: Path, withheld: Collection[str]) -> None:
    """Load the job types, say so, and serve."""
    os.environ.pop("PYTHONPATH", None)  # It told this process where the service's modules are; no job inherits it.
    os.chdir("/")
    install_import_guard()
    linux.adopt_orphans()
    load_only(lambda name: name not in withheld)
    load_job_types()
    ready, groups = probe(workspace, job_type_files())
    channel.send(ready.model_dump_json().encode())
    gc.collect()
    gc.freeze()  # Keeps the collector from touching, and so copying, the pages that all runs share.
    gc.disable()
    Zygote(channel, groups).serve()
    leave_groups(groups)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2]), sys.argv[3:])
