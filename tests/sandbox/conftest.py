"""A real executor with real processes, and the rule that none of them survives a test."""

import itertools
import os
import signal
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from recorder import Recorder

from tasks_service.adapters.local_executor import LocalExecutor
from tasks_service.adapters.system_clock import SystemClock
from tasks_service.core.run import Limits, OutputLine, RunRequest, RunResult

PLUGIN = Path(__file__).parent / "plugin"
MIB = 1024 * 1024
FIND_ANSWER = """
import os
(answer,) = [
    fd for fd in map(int, os.listdir('/proc/self/fd'))
    if fd > 2 and os.path.exists(f'/proc/self/fd/{fd}') and os.readlink(f'/proc/self/fd/{fd}').startswith('pipe:')
]
"""
"""Code of a job that gets hold of the descriptor on which its process answers."""
_numbers = itertools.count(1)


def request(code: str, *, job_type: str = "code", limits: dict[str, Any] | None = None, **fields: Any) -> RunRequest:
    """A request to run a program with limits that do not matter, but for those given."""
    lenient = {
        "wall_seconds": 30,
        "cpu_seconds": 20,
        "memory_bytes": 512 * MIB,
        "processes": 64,
        "output_bytes": MIB,
        "grace_seconds": 0.3,
    }
    parameters = fields.pop("parameters", None) or {"code": code}
    return RunRequest(
        run_id=f"run-{next(_numbers)}",
        job_id="job",
        job_type=job_type,
        parameters=parameters,
        due_at=datetime(2030, 1, 1, tzinfo=UTC),
        attempt=1,
        limits=Limits(**(lenient | (limits or {}))),
        **fields,
    )


class Sandbox:
    """An executor, and what tests want to know of it. Its processes carry a mark in their environment."""

    def __init__(self, executor: LocalExecutor, recorder: Recorder, mark: str, data_dir: Path) -> None:
        self.executor = executor
        self.recorder = recorder
        self.data_dir = data_dir
        self._mark = mark.encode()

    def begin(self, code: str, **fields: Any) -> str:
        asked = request(code, **fields)
        self.executor.submit(asked)
        return asked.run_id

    def run(self, code: str, **fields: Any) -> RunResult:
        return self.recorder.wait(self.begin(code, **fields))

    def lines(self, run_id: str) -> list[OutputLine]:
        return self.recorder.lines(run_id)

    def text(self, run_id: str) -> list[str]:
        return [line.text for line in self.lines(run_id)]

    def processes(self) -> dict[int, int]:
        """All living processes that come from the zygote, itself included: pid and parent."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    marked = self._mark in (entry / "environ").read_bytes()
                    status = (entry / "stat").read_text().rpartition(")")[2].split()
                except OSError:
                    continue
                if marked and status[0] not in "ZX":
                    found[int(entry.name)] = int(status[1])
        return found

    @property
    def zygote(self) -> int:
        return next(pid for pid, parent in self.processes().items() if parent == os.getpid())

    def supervisor(self) -> int:
        """Of the only run under way."""
        (pid,) = {pid for pid, parent in self.processes().items() if parent == self.zygote}
        return pid

    def job(self) -> int:
        """The job process of the only run under way."""
        supervisor = self.supervisor()
        return next(pid for pid, parent in self.processes().items() if parent == supervisor)

    def survivors(self) -> set[int]:
        """Processes that should be gone when no run is under way."""
        return {pid for pid, parent in self.processes().items() if parent != os.getpid()}

    def assert_nothing_is_left(self) -> None:
        """Wait for it; what a failed test left is killed, so that it fails no other test."""
        try:
            until(lambda: not self.executor.running())
            until(lambda: not self.survivors())
            until(lambda: not self.workdirs())
        finally:
            for pid in self.survivors():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def workdirs(self) -> list[Path]:
        return [path for own in (self.data_dir / "runs").iterdir() for path in own.iterdir() if path.name != ".lock"]


@contextmanager
def running(data_dir: Path, modules: Path, **options: Any) -> Iterator[Sandbox]:
    """A sandbox of one test, with the job types of that folder."""
    mark = f"/{uuid.uuid4().hex}"
    recorder = Recorder()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{os.environ['PATH']}:{mark}")
        patch.setenv("SERVICE_SECRET", "only-the-service-knows")
        executor = LocalExecutor(SystemClock(), None, data_dir, import_path=[*sys.path, str(modules)], **options)
        executor.start(recorder)
        yield Sandbox(executor, recorder, mark, data_dir)
        executor.stop(0)


def until(condition: Callable[[], Any], seconds: float = 10) -> Any:
    """The first true answer; fails where there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, "it does not come true"
        time.sleep(0.01)
    return answer


@pytest.fixture(scope="module")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running(tmp_path_factory.mktemp("data"), PLUGIN) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Iterator[Sandbox]:
    yield shared_sandbox
    shared_sandbox.assert_nothing_is_left()
