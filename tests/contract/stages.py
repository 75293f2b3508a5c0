"""Stages on which an executor plays: what a run prints and when it ends is for the test to say, on each of them."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Protocol

from fakes import FakeExecutor
from recorder import Recorder

from tasks_service.adapters.local_executor import LocalExecutor
from tasks_service.core.ports import Executor
from tasks_service.core.run import Limits, RunRequest, RunState

_LIMITS = Limits(
    wall_seconds=60,
    cpu_seconds=30,
    memory_bytes=512 * 1024 * 1024,
    processes=64,
    output_bytes=1024 * 1024,
    grace_seconds=0.5,
)
_SCRIPT = 'cat "$0" && test ! -e "$0.fails"'
"""Prints what is written into a pipe until the pipe is closed."""


def command(run_id: str, *argv: str) -> RunRequest:
    """A request to run a program."""
    return RunRequest(
        run_id=run_id,
        job_id="job",
        job_type="command",
        parameters={"argv": list(argv)},
        due_at=datetime(2030, 1, 1, tzinfo=UTC),
        attempt=1,
        limits=_LIMITS,
    )


class Stage(Protocol):
    """An executor that has been started with ``recorder`` as its listener."""

    executor: Executor
    recorder: Recorder

    def request(self) -> RunRequest:
        """A run that does what the test says."""
        ...

    def print(self, run_id: str, text: str) -> None:
        """Let a run print a line."""
        ...

    def end(self, run_id: str, state: RunState = RunState.SUCCEEDED) -> None:
        """Let a run end as ``succeeded`` or ``failed``, and wait until that is told."""
        ...


class FakeStage:
    """Nothing runs here."""

    def __init__(self) -> None:
        self.executor = FakeExecutor()
        self.recorder = Recorder()
        self._numbers = count(1)

    def request(self) -> RunRequest:
        return command(f"run-{next(self._numbers)}", "true")

    def print(self, run_id: str, text: str) -> None:
        self.executor.print(run_id, text)

    def end(self, run_id: str, state: RunState = RunState.SUCCEEDED) -> None:
        self.executor.end(run_id, state)


class LocalStage:
    """Real processes: each run copies a named pipe to its output."""

    def __init__(self, executor: LocalExecutor, folder: Path) -> None:
        self.executor = executor
        self.recorder = Recorder()
        self._folder = folder
        self._numbers = count(1)
        self._pipes: dict[str, int] = {}

    def request(self) -> RunRequest:
        run_id = f"run-{next(self._numbers)}"
        os.mkfifo(self._folder / run_id)
        return command(run_id, "sh", "-c", _SCRIPT, str(self._folder / run_id))

    def print(self, run_id: str, text: str) -> None:
        os.write(self._pipe(run_id), f"{text}\n".encode())

    def end(self, run_id: str, state: RunState = RunState.SUCCEEDED) -> None:
        pipe = self._pipe(run_id)
        if state is RunState.FAILED:
            (self._folder / f"{run_id}.fails").touch()
        os.close(pipe)
        del self._pipes[run_id]
        self.recorder.wait(run_id)

    def close(self) -> None:
        """Give back the pipes of runs that were cancelled."""
        for pipe in self._pipes.values():
            os.close(pipe)
        shutil.rmtree(self._folder)

    def _pipe(self, run_id: str) -> int:
        """The pipe of a run; waits until the run reads."""
        if run_id not in self._pipes:
            self._pipes[run_id] = os.open(self._folder / run_id, os.O_WRONLY)
        return self._pipes[run_id]


@contextmanager
def local_stage(executor: LocalExecutor, folder: Path) -> Iterator[LocalStage]:
    """A stage of an executor that is started, and stopped at the end."""
    folder.mkdir()
    stage = LocalStage(executor, folder)
    executor.start(stage.recorder)
    yield stage
    executor.stop(0)
    stage.close()
