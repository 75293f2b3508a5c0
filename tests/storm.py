"""A storm over a cluster, and the judge of what came of it: rows as the API tells them, starts as the jobs log them."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
from running import wait_for

from deploy.cluster.cluster import Cluster

PERIOD = 5
"""Seconds between two fires of each job."""
_MANIFEST = """\
---
job_id: job_{n:03}
job_type: command
schedule: {{trigger: interval, seconds: {period}}}
parameters:
  shell: true
  argv: 'echo "$TASKS_JOB_ID $TASKS_DUE_AT $TASKS_ATTEMPT $TASKS_RUN_ID" >> {log}'
"""


def traces(folder: Path) -> dict[str, str]:
    """The settings of a cluster whose jobs leave traces in that folder."""
    return {"TASKS_SANDBOX_WRITE": str(folder)}


def write_jobs(folder: Path, jobs: int, log: Path) -> None:
    """Manifests of jobs that write each of their starts into a log that only grows."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(_MANIFEST.format(n=n, period=PERIOD, log=log) for n in range(jobs))
    (folder / "jobs.yaml").write_text(text)


@dataclass
class Weather:
    """What a storm did, in seconds."""

    takeovers: list[float] = field(default_factory=list)
    after_stop: list[float] = field(default_factory=list)
    kills_of_workers: int = 0
    restarts_of_postgres: int = 0


class Storm:
    """Faults, one after the other, with a pause between them."""

    def __init__(self, cluster: Cluster, random: Random) -> None:
        self._cluster = cluster
        self._random = random
        self.weather = Weather()

    def settled(self, jobs: int) -> None:
        """Wait until the cluster leads, has applied all jobs, and has its workers."""
        wanted = len(self._cluster.replicas) + len(self._cluster.workers)

        def probe() -> bool:
            told = [self._info(address) for address in self._cluster.replicas]
            return all(i and i["leader"] and i["jobs_count"] == jobs and len(i["members"]) >= wanted for i in told)

        wait_for("a whole cluster", probe, 120)

    def kill_leader(self) -> None:
        """``kill -9`` for whoever leads, while another replica is there to take over; how long until it does."""
        wait_for("all replicas", self._replicas_answer, 60)
        address = self._leader()
        gone = self._cluster.replicas[address].pid
        os.kill(gone, signal.SIGKILL)
        self.weather.takeovers.append(self._until_led_by_another(gone))

    def stop_leader(self, seconds: float) -> None:
        """SIGSTOP for whoever leads, for longer than its lease, and SIGCONT."""
        address = self._leader()
        pid = self._cluster.replicas[address].pid
        begun = time.monotonic()
        os.kill(pid, signal.SIGSTOP)
        try:
            self.weather.after_stop.append(self._until_led_by_another(pid, besides=address))
            time.sleep(max(0.0, seconds - (time.monotonic() - begun)))
        finally:
            os.kill(pid, signal.SIGCONT)

    def kill_worker(self) -> None:
        """``kill -9`` for one of the workers."""
        os.kill(self._random.choice(self._cluster.workers).pid, signal.SIGKILL)
        self.weather.kills_of_workers += 1

    def restart_postgres(self) -> None:
        """A crash of the database, and its recovery."""
        self._cluster.postgres.restart_immediately()
        self.weather.restarts_of_postgres += 1

    def blow(self, faults: Sequence[Callable[[], None]], pause: float) -> None:
        """All of these, with a pause before each."""
        for fault in faults:
            time.sleep(pause)
            fault()

    def _replicas_answer(self) -> bool:
        """Whether every replica that runs now answers and gives signs of life."""
        told = [self._info(address) for address in self._cluster.replicas]
        alive = {replica.pid for replica in self._cluster.replicas.values()}
        return all(info and alive <= {member["pid"] for member in info["members"]} for info in told)

    def _leader(self) -> str:
        """The address of the replica that leads, as the replicas tell."""

        def probe() -> str | None:
            pids = {replica.pid: address for address, replica in self._cluster.replicas.items()}
            for address in self._cluster.replicas:
                info = self._info(address)
                if info and info["leader"] and info["leader"]["pid"] in pids:
                    return pids[info["leader"]["pid"]]
            return None

        return wait_for("a leader", probe, 30)

    def _until_led_by_another(self, gone: int, besides: str = "") -> float:
        begun = time.monotonic()

        def probe() -> bool:
            told = (self._info(address) for address in self._cluster.replicas if address != besides)
            return any(info and info["leader"] and info["leader"]["pid"] != gone for info in told)

        wait_for(f"another leader than {gone}", probe, 30)
        return time.monotonic() - begun

    def _info(self, address: str) -> dict[str, Any] | None:
        try:
            answer = httpx.get(f"{address}/api/scheduler/info", timeout=2)
        except httpx.TransportError:
            return None
        return answer.json() if answer.status_code == 200 else None


@dataclass(frozen=True)
class Verdict:
    """What the judge found. Each list must be empty."""

    slots: int
    starts: int
    outcomes: Counter[str]
    uncovered: list[str]
    covered_twice: list[str]
    started_twice: list[str]
    succeeded_unseen: list[str]
    open: list[str]


def judge(address: str, jobs: int, log: Path, end: datetime) -> Verdict:
    """Compare every slot up to ``end`` with the rows, and every row with the log.

    The slots are worked out here: an interval is anchored to the epoch.
    """
    outcomes: Counter[str] = Counter()
    succeeded: dict[str, str] = {}
    uncovered, twice, unfinished, slots = [], [], [], 0
    with httpx.Client(base_url=address, timeout=30) as api:
        for n in range(jobs):
            job = f"job_{n:03}"
            applied = datetime.fromisoformat(api.get(f"/api/jobs/{job}").raise_for_status().json()["applied_at"])
            rows = _rows(api, job)
            covered: Counter[datetime] = Counter()
            for row in rows:
                due, until = datetime.fromisoformat(row["due_at"]), datetime.fromisoformat(row["until"])
                covered.update(_between(due - timedelta(seconds=1), until))
                outcomes[row["outcome"] or "open"] += row["count"]
                if row["outcome"] is None and due <= end:
                    unfinished.append(f"{job} {row['due_at']}")
                succeeded |= {r["id"]: job for r in row["runs"] if r["state"] == "succeeded"}
            wanted = _between(applied, end)
            slots += len(wanted)
            uncovered += [f"{job} {slot}" for slot in wanted if not covered[slot]]
            twice += [f"{job} {slot}" for slot, times in covered.items() if times > 1]
    # The log is read last: what had succeeded before must stand in it.
    starts = [tuple(line.split()) for line in log.read_text().splitlines()]
    counted = Counter((job, due, attempt) for job, due, attempt, _ in starts)
    ran = {run_id for *_, run_id in starts}
    return Verdict(
        slots=slots,
        starts=len(starts),
        outcomes=outcomes,
        uncovered=uncovered,
        covered_twice=twice,
        started_twice=[" ".join(key) for key, times in counted.items() if times > 1],
        succeeded_unseen=[f"{job} {run_id}" for run_id, job in succeeded.items() if run_id not in ran],
        open=unfinished,
    )


def _rows(api: httpx.Client, job: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        asked = {"limit": 200, **({"cursor": cursor} if cursor else {})}
        page = api.get(f"/api/jobs/{job}/occurrences", params=asked).raise_for_status().json()
        rows += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return rows


def _between(after: datetime, until: datetime) -> list[datetime]:
    first = int(after.timestamp() // PERIOD) + 1
    return [datetime.fromtimestamp(k * PERIOD, UTC) for k in range(first, int(until.timestamp() // PERIOD) + 1)]
