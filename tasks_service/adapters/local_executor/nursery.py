"""The nursery: it keeps one zygote ready and has runs spawned by it, a new one taking the place of one that died."""

import errno
import logging
from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tasks_service.adapters.local_executor.code_watch import CodeWatch
from tasks_service.adapters.local_executor.zygote_process import ZygoteProcess
from tasks_service.core.child_protocol import Kill, Ready, Retire, Spawn

_log = logging.getLogger(__name__)
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 10.0
_START_SECONDS = 60.0
"""How long runs wait for a zygote that has changed code to load."""
_PATIENCE = 5
"""So many zygotes in a row may die before they are ready; then the runs that wait are given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """A run to be spawned; ``sent`` is called when its descriptors are on their way, else ``failed``."""

    order: Spawn
    descriptors: Sequence[int]
    sent: Callable[[], None]
    failed: Callable[[str], None]


class Nursery:
    """Lives in the executor's loop; every method is called there."""

    def __init__(
        self,
        loop: AbstractEventLoop,
        import_path: Sequence[str],
        workspace: Callable[[], Path],
        withheld: Sequence[str],
        ready: Callable[[Ready], None],
        given_up: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._import_path = import_path
        self._workspace = workspace
        self._withheld = withheld
        self._tell_ready = ready
        self._tell_given_up = given_up
        self._zygote: ZygoteProcess | None = None
        self._successor: ZygoteProcess | None = None
        self._retired: list[ZygoteProcess] = []
        self._code: CodeWatch | None = None
        self._is_ready = False
        self._failures = 0
        self._waiting: deque[Birth] = deque()
        self._last_words = ""

    @property
    def last_words(self) -> str:
        """What zygotes complained of last."""
        return self._last_words

    def open(self) -> None:
        """Start a zygote; it will say when it is ready."""
        self._zygote = self._start()
        if self._zygote is None:
            self._try_again()

    def spawn(self, birth: Birth) -> None:
        """Have a run spawned as soon as a zygote can, by one that has loaded the job types as they are now."""
        self._waiting.append(birth)
        if self._is_ready and self._successor is None and self._code and (file := self._code.changed()):
            _log.info("%s has changed: a new zygote takes over", file, extra={"event": "zygote.outdated"})
            self._successor = self._start()
            self._loop.call_later(_START_SECONDS, self._lose_patience, self._successor)
        self._send_waiting()

    def withdraw(self, run_id: str) -> bool:
        """Forget a run that waits; False where it is spawned already."""
        for birth in self._waiting:
            if birth.order.run_id == run_id:
                self._waiting.remove(birth)
                return True
        return False

    def kill(self, run_id: str) -> None:
        """Have the supervisor of a run killed that does not answer."""
        for zygote in [self._zygote, *self._retired]:
            if zygote is not None:
                with suppress(OSError):
                    zygote.order(Kill(run_id=run_id))

    def close(self) -> None:
        """Let the zygote go and wait for it."""
        for zygote in [self._zygote, self._successor, *self._retired]:
            if zygote is not None:
                self._stop_listening(zygote)
                zygote.leave()
        self._zygote = self._successor = None
        self._retired.clear()

    def _start(self) -> ZygoteProcess | None:
        try:
            zygote = ZygoteProcess(self._import_path, self._workspace(), self._withheld)
        except OSError as error:
            self._last_words = str(error)
            return None
        self._loop.add_reader(zygote.channel, self._listen, zygote)
        self._loop.add_reader(zygote.complaints, self._hear_complaints, zygote)
        return zygote

    def _listen(self, zygote: ZygoteProcess) -> None:
        said = zygote.receive()
        if said is not None:
            self._take_over(zygote, said)
        else:
            self._bury(zygote)
        self._send_waiting()

    def _take_over(self, zygote: ZygoteProcess, said: Ready) -> None:
        """It is ready. The one before it sees its own runs out."""
        if zygote is self._successor:
            self._retire()
            self._zygote, self._successor = zygote, None
        self._is_ready = True
        self._failures = 0
        self._code = CodeWatch(said.code)
        self._tell_ready(said)

    def _retire(self) -> None:
        old = self._zygote
        if old is not None:
            self._loop.remove_writer(old.channel)
            self._retired.append(old)
            with suppress(OSError):
                old.order(Retire())

    def _lose_patience(self, zygote: ZygoteProcess | None) -> None:
        """Job types that never finish loading must not keep runs waiting: they go on with what was loaded before."""
        if zygote is not None and zygote is self._successor:
            self._bury(zygote)
            self._send_waiting()

    def _bury(self, zygote: ZygoteProcess) -> None:
        """It is gone: what that means depends on its office."""
        self._hear_complaints(zygote)
        self._stop_listening(zygote)
        zygote.kill()
        if zygote in self._retired:
            self._retired.remove(zygote)
        elif zygote is self._successor:
            self._successor = None
            said = {"event": "zygote.unchanged"}
            _log.error("the changed job types cannot be loaded: runs go on with what was loaded before", extra=said)
        else:
            _log.warning("the zygote is gone; a new one is started", extra={"event": "zygote.gone"})
            self._zygote, self._is_ready = None, False
            self._try_again()

    def _send_waiting(self) -> None:
        if self._successor is not None or not (self._is_ready and self._zygote):
            return
        self._loop.remove_writer(self._zygote.channel)
        while self._waiting:
            birth = self._waiting[0]
            try:
                self._zygote.order(birth.order, birth.descriptors)
            except BlockingIOError:
                self._loop.add_writer(self._zygote.channel, self._send_waiting)
                return
            except OSError as error:
                if error.errno == errno.ETOOMANYREFS:  # Too many descriptors are under way at this moment.
                    self._loop.call_later(_FIRST_PAUSE, self._send_waiting)
                return  # Else the zygote is gone, as reading will say; the run waits for the next one.
            self._waiting.popleft()
            birth.sent()

    def _try_again(self) -> None:
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**self._failures)
        self._failures += 1
        if self._failures > _PATIENCE:
            self._tell_given_up()
            while self._waiting:
                self._waiting.popleft().failed(f"no run can be started: {self._last_words or 'the zygote dies'}")
        self._loop.call_later(pause, self.open)

    def _stop_listening(self, zygote: ZygoteProcess) -> None:
        for end in (zygote.channel, zygote.complaints):
            self._loop.remove_reader(end)
        self._loop.remove_writer(zygote.channel)

    def _hear_complaints(self, zygote: ZygoteProcess) -> None:
        text = zygote.read_complaints()
        if text is None:
            self._loop.remove_reader(zygote.complaints)
        elif text:
            self._last_words = text.strip().splitlines()[-1] if text.strip() else self._last_words
            _log.warning("zygote: %s", text.rstrip(), extra={"event": "zygote.complaint"})
