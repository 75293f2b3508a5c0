"""A thousand runs of a trivial job at the level that runs get, beside a fresh interpreter for each."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Condition

import psutil

from tasks_service.adapters.local_executor import LocalExecutor
from tasks_service.adapters.system_clock import SystemClock
from tasks_service.core.percentile import percentile
from tasks_service.core.run import Limits, OutputLine, RunRequest, RunResult, RunState
from tests.benchmarks.measure import Comparison

RUNS = 1000
PEERS = 40
"""The peer is slow, and each of its starts costs the same."""
AT_ONCE = 2
PLUGIN = Path(__file__).parents[1] / "sandbox" / "plugin"
LIMITS = Limits(wall_seconds=60, cpu_seconds=60, memory_bytes=512 * 2**20, processes=64, output_bytes=2**20)
TRIVIAL = "import time\nresult = {'began': time.monotonic()}"
PEER = "import asyncio, httpx, pydantic, slack_sdk, tasks_service.jobs.job_registry as r; r.load_job_types()"


class Bench:
    """Keeps so many runs under way, and remembers how long each took until its first line."""

    def __init__(self, executor: LocalExecutor) -> None:
        self._executor = executor
        self._changed = Condition()
        self._submitted: dict[str, float] = {}
        self.latencies: list[float] = []
        self.failed: RunResult | None = None

    def output(self, run_id: str, lines: Sequence[OutputLine]) -> None:
        """Nothing is printed."""

    def finished(self, result: RunResult) -> None:
        with self._changed:
            began = (result.result or {}).get("began")
            self.failed = self.failed or (result if result.state is not RunState.SUCCEEDED else None)
            self.latencies.append((began or 0.0) - self._submitted.pop(result.run_id))
            self._changed.notify_all()

    def carry_out(self, runs: int) -> float:
        """Seconds that all of them take."""
        start = time.perf_counter()
        for number in range(runs):
            with self._changed:
                self._changed.wait_for(lambda: len(self._submitted) < AT_ONCE)
                self._submitted[f"run-{number}-{start}"] = time.monotonic()
            self._executor.submit(_request(f"run-{number}-{start}"))
        with self._changed:
            self._changed.wait_for(lambda: not self._submitted)
        return time.perf_counter() - start


def _request(run_id: str) -> RunRequest:
    return RunRequest(
        run_id=run_id,
        job_id="benchmark",
        job_type="code",
        parameters={"code": TRIVIAL},
        due_at=datetime.now(UTC),
        attempt=1,
        limits=LIMITS,
    )


def comparisons() -> Iterable[Comparison]:
    """Throughput of both; latencies and memory of ours are part of its name."""
    with tempfile.TemporaryDirectory() as folder:
        executor = LocalExecutor(SystemClock(), None, Path(folder), import_path=[*sys.path, str(PLUGIN)])
        bench = Bench(executor)
        executor.start(bench)
        bench.carry_out(50)
        bench.latencies.clear()
        before = psutil.Process().memory_info().rss
        seconds = bench.carry_out(RUNS)
        after = psutil.Process().memory_info().rss
        level = executor.sandbox().level
        executor.stop(0)
    if bench.failed:
        raise RuntimeError(f"a run did not succeed: {bench.failed}")
    p50, p99 = (percentile(sorted(bench.latencies), share) * 1000 for share in (0.5, 0.99))
    peer = _fresh_interpreters()
    yield Comparison(
        name=f"a run of a trivial job, {AT_ONCE} at once, level {level}: {RUNS / seconds:.1f} a second beside"
        f" {PEERS / peer:.1f}; from submit to its first line p50 {p50:.0f} ms, p99 {p99:.0f} ms; memory of the service"
        f" {before / 2**20:.1f} MiB before, {after / 2**20:.1f} MiB after",
        ours="one of 1,000 runs",
        seconds=seconds / RUNS,
        peer="an interpreter that imports the same",
        peer_seconds=peer / PEERS,
    )


def _fresh_interpreters() -> float:
    def one(_number: int) -> None:
        subprocess.run([sys.executable, "-c", PEER], check=True)

    start = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, range(PEERS)))
    return time.perf_counter() - start
