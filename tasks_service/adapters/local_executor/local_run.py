"""One run in the executor's loop: from its spawning to the one report of its end."""

import logging
import shutil
import time
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from socket import socket

from tasks_service.adapters.local_executor.nursery import Birth, Nursery
from tasks_service.adapters.local_executor.run_channel import RunChannel
from tasks_service.core.child_protocol import Spawn
from tasks_service.core.confinement import Enclosure, NotConfined
from tasks_service.core.ports import Clock
from tasks_service.core.progress import Progress
from tasks_service.core.run import OutputLine, RunError, RunRequest, RunResult, RunState

_log = logging.getLogger(__name__)
_BATCH_SECONDS = 0.2
_BATCH_LINES = 500
_LINGER_SECONDS = 2.0
"""How long output may still come after a supervisor is gone."""
_OVERDUE_SECONDS = 30.0
"""How much longer than its limits allow a supervisor may take before it counts as stuck."""
_SPAWNS = 3
"""How often a run is spawned that does not begin."""


class LocalRun:
    """The state of one run. Every method is called in the loop."""

    def __init__(
        self,
        request: RunRequest,
        workdir: Path,
        relay: Callable[[str], socket] | None,
        *,
        enclose: Callable[[RunRequest], Enclosure],
        loop: AbstractEventLoop,
        clock: Clock,
        nursery: Nursery,
        output: Callable[[str, Sequence[OutputLine]], None],
        progress: Callable[[str, Progress], None],
        finished: Callable[[RunResult], None],
    ) -> None:
        self._request = request
        self._workdir = workdir
        self._make_relay = relay
        self._enclose = enclose
        self._loop = loop
        self._clock = clock
        self._nursery = nursery
        self._tell_output = output
        self._tell_progress = progress
        self._tell_finished = finished
        self._channel: RunChannel | None = None
        self._timers: dict[str, TimerHandle] = {}
        self._cancelled: str | None = None
        self._spawns = 0
        self._submitted = time.monotonic()
        self._rest: Iterator[list[OutputLine]] | None = None
        """The last of the output, once nothing more will come."""
        self._over = False

    def begin(self) -> None:
        """Have it spawned."""
        try:
            enclosure = self._enclose(self._request)
        except NotConfined as refusal:
            self._finish(self._error(RunState.FAILED, "NotConfined", str(refusal)))
            return
        try:
            relay = self._make_relay(self._request.run_id) if self._make_relay else None
            channel = self._channel = RunChannel(self._request, relay)
        except Exception as error:  # noqa: BLE001 - the relay is somebody else's code
            told = {"event": "run.unable", "job": self._request.job_id, "run": self._request.run_id}
            _log.exception("run %s cannot begin", self._request.run_id, extra=told)
            self._finish(self._error(RunState.FAILED, "SandboxError", f"the run cannot begin: {error}"))
            return
        self._spawns += 1
        self._loop.add_reader(channel.control, self._control_ready, channel)
        for stream in (channel.stdout, channel.stderr):
            self._loop.add_reader(stream, self._stream_ready, channel, stream)
        self._write(channel)
        limits = self._request.limits
        self._after("overdue", limits.wall_seconds + 2 * limits.grace_seconds + _OVERDUE_SECONDS, self._overdue)
        order = Spawn(
            run_id=self._request.run_id, workdir=str(self._workdir), enclosure=enclosure, submitted=self._submitted
        )
        self._nursery.spawn(
            Birth(order=order, descriptors=channel.child_ends, sent=channel.close_child_ends, failed=self._unborn)
        )

    def cancel(self, reason: str) -> None:
        """Ask for its end; the supervisor knows how."""
        if self._channel is None or self._cancelled is not None or self._rest is not None:
            return
        self._cancelled = reason
        if self._nursery.withdraw(self._request.run_id):
            self._finish(self._error(RunState.CANCELLED, "Cancelled", reason))
        else:
            self._channel.ask_to_cancel(reason)
            self._write(self._channel)

    def _write(self, channel: RunChannel) -> None:
        channel.write()
        if channel.wants_to_write:
            self._loop.add_writer(channel.control, self._write, channel)
        else:
            self._loop.remove_writer(channel.control)

    def _control_ready(self, channel: RunChannel) -> None:
        more = channel.read_control()
        if progress := channel.take_progress(self._clock.now()):
            self._tell_progress(self._request.run_id, progress)
        if more:
            return
        self._loop.remove_reader(channel.control)
        self._loop.remove_writer(channel.control)
        if not channel.begun and channel.result is None:
            self._not_begun(channel)
        elif channel.streams_open:
            self._after("linger", _LINGER_SECONDS, self._conclude)
        else:
            self._conclude()

    def _not_begun(self, channel: RunChannel) -> None:
        """No job code has run, so it may be tried again: its zygote died, or could not fork."""
        self._close(channel)
        if self._cancelled is not None:
            self._finish(self._error(RunState.CANCELLED, "Cancelled", self._cancelled))
        elif self._spawns < _SPAWNS:
            self.begin()
        else:
            self._unborn(f"it was tried {self._spawns} times; {self._nursery.last_words}")

    def _unborn(self, reason: str) -> None:
        self._finish(self._error(RunState.FAILED, "SandboxError", f"the run cannot begin: {reason}"))

    def _stream_ready(self, channel: RunChannel, stream: int) -> None:
        if not channel.read_stream(stream, self._clock.now()):
            self._loop.remove_reader(stream)
            channel.close_stream(stream)
            if not channel.streams_open and "linger" in self._timers:
                self._conclude()
        if len(channel.pending) >= _BATCH_LINES:
            self._flush()
        elif channel.pending and "flush" not in self._timers:
            self._after("flush", _BATCH_SECONDS, self._flush)

    def _flush(self) -> None:
        self._stop_timer("flush")
        if self._channel is not None and self._channel.pending:
            lines, self._channel.pending = self._channel.pending, []
            self._tell_output(self._request.run_id, lines)

    def _overdue(self) -> None:
        """The supervisor is stuck, or stopped by the job it supervises."""
        self._nursery.kill(self._request.run_id)
        self._after("overdue", _OVERDUE_SECONDS, self._conclude)

    def _conclude(self) -> None:
        """Nothing more will come."""
        channel = self._channel
        if channel is None or self._over or self._rest is not None:
            return
        self._close(channel)
        self._rest = channel.capture.closing(self._clock.now())
        self._go_on(channel, self._rest)

    def _go_on(self, channel: RunChannel, rest: Iterator[list[OutputLine]]) -> None:
        """One step of what is left to do with the output, so that a long one keeps no other run waiting."""
        lines = next(rest, None)
        if lines is None:
            remarks = channel.result.remarks if channel.result else ()
            channel.pending += [channel.capture.remark(text, self._clock.now()) for text in remarks]
            self._flush()
            self._report(channel)
            return
        channel.pending += lines
        if len(channel.pending) >= _BATCH_LINES:
            self._flush()
        self._loop.call_soon(self._go_on, channel, rest)

    def _report(self, channel: RunChannel) -> None:
        result = channel.result or self._error(
            RunState.LOST, "Lost", "the supervisor of the run vanished; what the job had done by then is not known"
        )
        if result.state is RunState.LOST:
            shutil.rmtree(self._workdir, ignore_errors=True)
        self._finish(channel.masker.result(result.model_copy(update={"output_bytes": channel.capture.total_bytes})))

    def _finish(self, result: RunResult) -> None:
        if self._over:
            return
        self._over = True
        if self._channel is not None:
            self._close(self._channel)
        for name in list(self._timers):
            self._stop_timer(name)
        self._tell_finished(result)

    def _close(self, channel: RunChannel) -> None:
        for end in channel.open_ends:
            self._loop.remove_reader(end)
            self._loop.remove_writer(end)
        channel.close()

    def _error(self, state: RunState, kind: str, message: str) -> RunResult:
        return RunResult(run_id=self._request.run_id, state=state, error=RunError(type=kind, message=message))

    def _after(self, name: str, seconds: float, callback: Callable[[], None]) -> None:
        self._stop_timer(name)
        self._timers[name] = self._loop.call_later(seconds, callback)

    def _stop_timer(self, name: str) -> None:
        if name in self._timers:
            self._timers.pop(name).cancel()
