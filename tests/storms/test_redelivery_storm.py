"""Runs that last far longer than the broker's patience, and workers that are killed. Long: ``make storm``."""

import json
import os
import signal
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest
from running import command_job, wait_for
from storm import traces

from deploy.cluster.cluster import Cluster

JOBS = 6
SECONDS = 60
IMPATIENT = {"visibility_timeout": 5, "unacked_restore_interval": 1, "unacked_restore_throttle": 1}


@pytest.mark.storm
@pytest.mark.timeout(600)
def test_no_redelivery_starts_a_run_twice(tmp_path: Path) -> None:
    log, manifests = tmp_path / "starts.log", tmp_path / "manifests"
    log.touch()
    manifests.mkdir()
    script = f'echo "$TASKS_RUN_ID" >> {log}; exec sleep {SECONDS}'
    for n in range(JOBS):
        (manifests / f"{n}.yaml").write_text(command_job(f"long_{n}", "sh", "-c", script))
    settings = {"TASKS_BROKER_OPTIONS": json.dumps(IMPATIENT), **traces(tmp_path)}
    with Cluster(tmp_path / "cluster", manifests, settings=settings) as cluster:
        address = next(iter(cluster.replicas))
        wait_for("the cluster", lambda: _members(address) >= 4 and _jobs(address) == JOBS, 120)
        runs = [_begin(address, f"long_{n}") for n in range(JOBS)]
        for _ in range(2):
            time.sleep(20)
            os.kill(cluster.workers[0].pid, signal.SIGKILL)
        states = [_ended(address, run) for run in runs]
        repeated = sum(worker.log.read_text().count(" worker.repeated ") for worker in cluster.workers)
    starts = Counter(log.read_text().split())
    print(f"\n{JOBS} runs of {SECONDS} s, 2 workers killed: {dict(Counter(states))}")
    print(f"{repeated} messages came again, {sum(starts.values())} starts of {len(starts)} runs")
    assert repeated > 0
    assert max(starts.values()) == 1
    assert set(starts) <= set(runs)
    assert set(states) <= {"succeeded", "lost"}
    assert "succeeded" in states


def _members(address: str) -> int:
    try:
        return len(httpx.get(f"{address}/api/scheduler/info", timeout=5).json().get("members", []))
    except httpx.TransportError:
        return 0


def _jobs(address: str) -> int:
    total: int = httpx.get(f"{address}/api/jobs", timeout=5).json()["total"]
    return total


def _begin(address: str, job: str) -> str:
    run: str = httpx.post(f"{address}/api/jobs/{job}/run", timeout=10).raise_for_status().json()["id"]
    return run


def _ended(address: str, run: str) -> str:
    def probe() -> str | None:
        state: str = httpx.get(f"{address}/api/runs/{run}", timeout=10).json()["state"]
        return None if state in ("queued", "running") else state

    return wait_for(f"end of {run}", probe, 240)
