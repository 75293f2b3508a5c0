"""One run in its sandbox, beside a fresh interpreter."""

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event
from uuid import uuid4

from tasks_service.adapters.local_executor import LocalExecutor
from tasks_service.adapters.system_clock import SystemClock
from tasks_service.core.progress import Progress
from tasks_service.core.run import Limits, OutputLine, RunRequest, RunResult, RunState
from tests.benchmarks.measure import Comparison, fastest

ROUNDS = 20
LIMITS = Limits(wall_seconds=60, cpu_seconds=60, memory_bytes=512 * 2**20, processes=64, output_bytes=2**20)


class Listener:
    """Waits for one run at a time."""

    def __init__(self) -> None:
        self.ended = Event()
        self.result: RunResult | None = None

    def output(self, run_id: str, lines: Sequence[OutputLine]) -> None:
        """Output is captured, which is part of what is measured."""

    def progress(self, run_id: str, progress: Progress) -> None:
        """Nothing here tells any."""

    def finished(self, result: RunResult) -> None:
        self.result = result
        self.ended.set()


def comparisons() -> Iterable[Comparison]:
    """A run of a Python job and what the peer needs to get as far."""
    with tempfile.TemporaryDirectory() as folder:
        executor, listener = LocalExecutor(SystemClock(), None, Path(folder)), Listener()
        executor.start(listener)
        run = partial(_run, executor, listener)
        run()
        ours = "submit, fork, confine, run `true`, reap, result"
        yield Comparison(
            name="one run beside a bare interpreter",
            ours=ours,
            seconds=fastest(run, ROUNDS),
            peer="python -c pass",
            peer_seconds=fastest(lambda: _interpreter("pass"), ROUNDS),
        )
        yield Comparison(
            name="one run beside an interpreter that can run it",
            ours=ours,
            seconds=fastest(run, ROUNDS),
            peer="python -c 'import …', the modules that the job needs",
            peer_seconds=fastest(lambda: _interpreter("import tasks_service.jobs.command"), 5),
        )
        executor.stop(0)


def _run(executor: LocalExecutor, listener: Listener) -> None:
    listener.ended.clear()
    executor.submit(
        RunRequest(
            run_id=str(uuid4()),
            job_id="benchmark",
            job_type="command",
            parameters={"argv": ["true"]},
            due_at=datetime.now(UTC),
            attempt=1,
            limits=LIMITS,
        )
    )
    listener.ended.wait(60)
    if listener.result is None or listener.result.state is not RunState.SUCCEEDED:
        raise RuntimeError(f"the run did not succeed: {listener.result}")


def _interpreter(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)
