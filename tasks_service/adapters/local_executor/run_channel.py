"""The service's ends of the pipes to one run, and what has come through them."""

import os
import socket
from contextlib import ExitStack
from datetime import datetime

from pydantic import ValidationError

from tasks_service.adapters.local_executor.capture import Capture
from tasks_service.adapters.local_executor.masking import Masker
from tasks_service.core.child_protocol import BEGUN, PROGRESS, RESULT_LIMIT
from tasks_service.core.framing import FrameReader, FrameTooLarge, frame
from tasks_service.core.progress import Progress, ProgressReport
from tasks_service.core.run import OutputLine, RunRequest, RunResult

_CHUNK = 64 * 1024
_SHOWN_CHUNK = 16 * 1024
"""What is masked and cut at once. All runs take turns in it, and none should wait long for its own."""


class RunChannel:
    """One run between its spawning and its end. Nothing here blocks."""

    def __init__(self, request: RunRequest, relay: socket.socket | None) -> None:
        self.masker = Masker([*request.secrets.values(), request.bot_api.key])
        self.capture = Capture(self.masker, request.limits.output_bytes)
        self.pending: list[OutputLine] = []
        self.begun = False
        self.progress: ProgressReport | None = None
        """The newest that has not been told yet."""
        self.result: RunResult | None = None
        self._frames = FrameReader(RESULT_LIMIT + request.limits.artifact_bytes * 3 // 2)  # they come as base64
        self._outbox = bytearray(frame(request.model_dump_json().encode()))
        with ExitStack() as undo:
            self.control, self._theirs = (undo.enter_context(end) for end in socket.socketpair())
            self.stdout, self._their_stdout = _pipe(undo)
            self.stderr, self._their_stderr = _pipe(undo)
            self.control.setblocking(False)
            self._open = {self.stdout, self.stderr}
            self._relay = relay
            self._sent = False
            undo.pop_all()

    @property
    def child_ends(self) -> list[int]:
        """What the zygote is given, in its order."""
        relay = [] if self._relay is None else [self._relay.fileno()]
        return [self._theirs.fileno(), self._their_stdout, self._their_stderr, *relay]

    def close_child_ends(self) -> None:
        """After they were sent, or when they never will be."""
        if not self._sent:
            self._sent = True
            for descriptor in (self._their_stdout, self._their_stderr):
                os.close(descriptor)
            for end in (self._theirs, self._relay):
                if end is not None:
                    end.close()

    @property
    def wants_to_write(self) -> bool:
        """Whether part of what was said has not gone out yet."""
        return bool(self._outbox)

    @property
    def open_ends(self) -> list[int]:
        """The descriptors that are still listened to."""
        return [*self._open] if self.control.fileno() < 0 else [self.control.fileno(), *self._open]

    @property
    def streams_open(self) -> bool:
        """Whether output may still come."""
        return bool(self._open)

    def ask_to_cancel(self, reason: str) -> None:
        """Say so after everything that is still to be said."""
        self._outbox += frame(reason.encode(errors="replace"))

    def write(self) -> None:
        """Send as much as goes now."""
        try:
            del self._outbox[: self.control.send(self._outbox)]
        except BlockingIOError:
            return
        except OSError:
            self._outbox.clear()  # The other end is gone; reading will say so.

    def read_control(self) -> bool:
        """Take what the supervisor says; False at the end, and where it talks nonsense."""
        try:
            data = self.control.recv(_CHUNK)
            for payload in self._frames.feed(data):
                if payload == BEGUN:
                    self.begun = True
                elif payload.startswith(PROGRESS):
                    self.progress = ProgressReport.model_validate_json(payload.removeprefix(PROGRESS))
                else:
                    self.result = RunResult.model_validate_json(payload)
        except BlockingIOError:
            return True
        except (OSError, ValidationError, FrameTooLarge):
            return False
        return bool(data)

    def take_progress(self, at: datetime) -> Progress | None:
        """The newest report, if there is a new one, fit to be kept and shown."""
        report, self.progress = self.progress, None
        if report is None:
            return None
        return report.seen(self.masker.text(report.text), at)

    def read_stream(self, descriptor: int, at: datetime) -> bool:
        """Take a piece of output; False at its end."""
        try:
            data = os.read(descriptor, _SHOWN_CHUNK if self.capture.live else _CHUNK)
        except BlockingIOError:
            return True
        if data:
            name = "stdout" if descriptor == self.stdout else "stderr"
            self.pending += self.capture.feed(name, data, at)
            return True
        return False

    def close_stream(self, descriptor: int) -> None:
        """Hear no more of it."""
        if descriptor in self._open:
            self._open.remove(descriptor)
            os.close(descriptor)

    def close(self) -> None:
        """Give everything back. To a supervisor that still lives this means: end the run."""
        self.close_child_ends()
        self.control.close()
        for descriptor in list(self._open):
            self.close_stream(descriptor)


def _pipe(undo: ExitStack) -> tuple[int, int]:
    read, write = os.pipe()
    undo.callback(os.close, read)
    undo.callback(os.close, write)
    os.set_blocking(read, False)
    return read, write
