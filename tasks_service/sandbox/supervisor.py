"""The supervisor of one run: it forks the job process, watches the tree below it, and ends all of it.

It is a small process of its own between the zygote and the job: the parent of every orphan below it, so that no
descendant can outlive the run, and the one who decides how the run ended.
"""

import os
import select
import shutil
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from tasks_service.core.child_protocol import BEGUN, REQUEST_LIMIT, Spawn
from tasks_service.core.framing import FrameReader, FrameTooLarge, frame
from tasks_service.core.run import RunError, RunRequest, RunResult, RunState
from tasks_service.sandbox import linux
from tasks_service.sandbox.answer import ANSWER_LIMIT, Answer
from tasks_service.sandbox.artifacts import with_artifacts
from tasks_service.sandbox.cell import Cell
from tasks_service.sandbox.child_signals import ChildSignals
from tasks_service.sandbox.job_process import Descriptors, run_in_this_process
from tasks_service.sandbox.process_tree import descendants
from tasks_service.sandbox.progress_relay import ProgressRelay
from tasks_service.sandbox.verdict import Ending, verdict
from tasks_service.sandbox.watchdog import Watchdog

_SWEEP_PERIOD = 0.005


def supervise(control: socket.socket, given: Descriptors, order: Spawn, groups: Sequence[str]) -> None:
    """Carry out the one run whose request comes over ``control``; returns when nothing of it is left."""
    workdir = Path(order.workdir)
    os.setsid()
    linux.adopt_orphans()
    linux.forbid_new_privileges()
    signals = ChildSignals()
    orders = FrameReader(REQUEST_LIMIT)
    request = _receive(control, orders)
    if request is None:
        return
    control.sendall(frame(BEGUN))
    try:
        workdir.mkdir(mode=0o700, parents=True)
        cell = Cell(order.enclosure, groups, workdir, request)
        supervision = Supervision(request, control, orders, signals, cell)
        result = supervision.run(given)
        result = result.model_copy(update={"start_seconds": supervision.start_seconds(order.submitted)})
        result = with_artifacts(result, workdir, request.limits.artifact_bytes)
    except OSError as error:
        result = RunResult(
            run_id=request.run_id,
            state=RunState.FAILED,
            error=RunError(type="SandboxError", message=f"the run could not begin: {error}"),
        )
    finally:
        remove_tree(workdir)
    with suppress(OSError):  # The service is gone: nobody is left to be told.
        control.sendall(frame(result.model_dump_json().encode()))


class Supervision:
    """The run under way."""

    def __init__(
        self, request: RunRequest, control: socket.socket, orders: FrameReader, signals: ChildSignals, cell: Cell
    ) -> None:
        self._request = request
        self._cell = cell
        self._control = control
        self._orders = orders
        self._signals = signals
        self._watchdog = Watchdog(request.limits, cell)
        self._progress = ProgressRelay(control)
        self._answers = FrameReader(ANSWER_LIMIT)
        self._ending = Ending()
        self._deadline = time.monotonic() + request.limits.wall_seconds
        self._kill_at: float | None = None
        self._job = 0
        self._answer_end: int | None = None
        self._childless = False
        self._poll = select.poll()

    def run(self, given: Descriptors) -> RunResult:
        """Fork the job process and stay until it and everything it left are gone."""
        with self._cell:
            return self._run(given)

    def _run(self, given: Descriptors) -> RunResult:
        self._answer_end = self._fork(given)
        linux.hide_memory()
        for descriptor in (self._control.fileno(), self._signals.fileno(), self._answer_end):
            self._poll.register(descriptor, select.POLLIN)
        self._take_orders(b"")  # One may have come together with the request.
        while not self._childless:
            self._wait()
            self._reap()
            self._judge(time.monotonic())
            self._progress.look()
        self._read_answer()
        self._progress.close()
        self._watchdog.note_peak(self._cell.peak_bytes)
        self._ending.out_of_memory = self._cell.ran_out_of_memory
        result = verdict(self._request, self._ending, self._watchdog.peak_bytes)
        return result.model_copy(update={"isolation": self._cell.label})

    def start_seconds(self, submitted: float) -> float | None:
        """How long after that moment job code began, as its process says and as far as it can be true."""
        began = self._ending.answer.began if self._ending.answer else None
        if began is None or not submitted <= began <= time.monotonic():
            return None
        return round(began - submitted, 6)

    def _fork(self, given: Descriptors) -> int:
        read, write = os.pipe()
        os.set_blocking(read, False)
        ends = (write, self._progress.slate)
        self._job = self._cell.fork(partial(run_in_this_process, self._request, self._cell, given, *ends))
        os.close(write)
        for descriptor in (given.stdout, given.stderr, given.relay):
            if descriptor is not None:
                os.close(descriptor)
        return read

    def _wait(self) -> None:
        until = min(self._watchdog.next_look, self._deadline if self._kill_at is None else self._kill_at)
        pause = max(until - time.monotonic(), _SWEEP_PERIOD if self._sweeping() else 0)
        for descriptor, _ in self._poll.poll(pause * 1000):
            if descriptor == self._signals.fileno():
                self._signals.drain()
            elif descriptor == self._answer_end:
                self._read_answer()
            else:
                self._obey()

    def _obey(self) -> None:
        data = self._control.recv(65536)
        if not data:
            self._poll.unregister(self._control.fileno())
            self._end(RunState.LOST, RunError(type="Lost", message="the service is gone"), grace=0)
        self._take_orders(data)

    def _take_orders(self, data: bytes) -> None:
        for reason in self._orders.feed(data):
            error = RunError(type="Cancelled", message=reason.decode(errors="replace"))
            self._end(RunState.CANCELLED, error, grace=self._request.limits.grace_seconds)

    def _read_answer(self) -> None:
        """Take what the job process has written. The first answer counts; anything else is a failure of the job."""
        if self._answer_end is None:
            return
        try:
            for data in _available(self._answer_end):
                for payload in self._answers.feed(data):
                    self._ending.answer = Answer.model_validate_json(payload)
                    self._close_answer()
                    return
        except EOFError:
            self._close_answer()
        except (ValidationError, FrameTooLarge):
            self._ending.unreadable = True
            self._close_answer()

    def _close_answer(self) -> None:
        """Nothing more is expected of the job process but that it exits soon."""
        if self._answer_end is not None:
            self._poll.unregister(self._answer_end)
            os.close(self._answer_end)
            self._answer_end = None
        if self._ending.answer is not None or self._ending.unreadable:
            self._deadline = min(self._deadline, time.monotonic() + self._request.limits.grace_seconds)

    def _reap(self) -> None:
        """Wait for every child that has ended, adopted orphans included."""
        while not self._childless:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                self._childless = True
                return
            if pid == 0:
                return
            self._watchdog.note_peak(usage.ru_maxrss * 1024)
            if pid == self._job:
                self._ending.status = status

    def _judge(self, now: float) -> None:
        """Compare the run with its limits, and carry on with ending it."""
        if self._childless:
            return
        grace = self._request.limits.grace_seconds
        if now >= self._watchdog.next_look and (error := self._watchdog.look()) is not None:
            self._end(RunState.FAILED, error, grace=0)
        if self._ending.status is not None:
            self._terminate(grace)  # The job is done; what it left behind goes too.
        elif now >= self._deadline:
            message = f"ran longer than {self._request.limits.wall_seconds:g} s"
            self._end(RunState.TIMED_OUT, RunError(type="TimedOut", message=message), grace=grace)
        if self._sweeping():
            self._kill()

    def _end(self, state: RunState, error: RunError, *, grace: float) -> None:
        """Begin to end the run; the first reason counts, and none counts once the job has answered."""
        if self._ending.open:
            self._ending.reason = (state, error)
        self._terminate(grace)

    def _terminate(self, grace: float) -> None:
        """TERM to everything at first; KILL when the grace is over. A shorter grace may follow a longer one."""
        first = self._kill_at is None
        kill_at = time.monotonic() + grace
        self._kill_at = kill_at if self._kill_at is None else min(self._kill_at, kill_at)
        if first and grace > 0:
            self._signal_all(signal.SIGTERM)
            self._signal_all(signal.SIGCONT)  # A stopped process does not hear TERM.

    def _sweeping(self) -> bool:
        return self._kill_at is not None and time.monotonic() >= self._kill_at

    def _kill(self) -> None:
        """One pass of the sweep. What is stopped first cannot fork away from the pass that kills."""
        self._cell.kill()
        if self._ending.status is None:
            with suppress(OSError):
                os.killpg(self._job, signal.SIGKILL)
        self._signal_all(signal.SIGSTOP)
        self._signal_all(signal.SIGKILL)

    def _signal_all(self, number: signal.Signals) -> None:
        for process in descendants(os.getpid()):
            if not process.zombie:
                with suppress(OSError):
                    os.kill(process.pid, number)


def remove_tree(directory: Path) -> None:
    """Remove a directory and all in it, whatever modes a job gave to its parts."""

    def open_up(_call: object, path: str, _error: object) -> None:
        with suppress(OSError):
            Path(path).parent.chmod(0o700)
            Path(path).chmod(0o700)

    shutil.rmtree(directory, onerror=open_up)
    shutil.rmtree(directory, ignore_errors=True)


def _receive(control: socket.socket, orders: FrameReader) -> RunRequest | None:
    """The request, or None where the service is gone before it has come."""
    while data := control.recv(65536):
        for payload in orders.feed(data):
            return RunRequest.model_validate_json(payload)
    return None


def _available(descriptor: int) -> Iterator[bytes]:
    """What can be read without waiting; raises ``EOFError`` at the end."""
    while True:
        try:
            data = os.read(descriptor, 65536)
        except BlockingIOError:
            return
        if not data:
            raise EOFError
        yield data
