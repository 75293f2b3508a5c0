"""Workers: the leader sends a run's id, and whichever worker wins it in SQL carries it out, once."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from databases import migrated
from running import Service, command_job, wait_for

pytestmark = pytest.mark.fault

OPTIONS = {
    "visibility_timeout": 2,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "polling_interval": 0.2,
}


@pytest.fixture
def broker(valkey_url: str) -> dict[str, str]:
    """Settings of a broker that nobody else uses, and that delivers again whatever is not acknowledged within 2 s."""
    return {
        "CELERY_BROKER_URL": valkey_url,
        "REDIS_URL": valkey_url,
        "TASKS_REDIS_PREFIX": uuid4().hex,
        "TASKS_BROKER_OPTIONS": json.dumps({**OPTIONS, "global_keyprefix": f"{uuid4().hex}:"}),
    }


@contextmanager
def working(service: Service, name: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of a service's installation; killed at the end if it still runs."""
    log = service.folder / f"{name}.log"
    env = service.environment | {"TASKS_DATA_DIR": str(service.folder / name)}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*service.command, "worker", *arguments], cwd=service.folder, env=env, stdout=out, stderr=out
        )
    try:
        told = lambda: any(m["pid"] == process.pid for m in service.get("/api/scheduler/info")["members"])  # noqa: E731
        wait_for(f"worker {name}; its log:\n{log.read_text()[-2000:]}", told, 40)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def appended(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


@pytest.mark.timeout(180)
def test_workers_carry_runs_out_once_whatever_is_delivered_again(
    tmp_path: Path, postgres_url: str, broker: dict[str, str]
) -> None:
    log = tmp_path / "starts"
    env = {"DATABASE_URL": migrated(postgres_url), "EXECUTOR": "celery", **broker}
    service = Service(tmp_path / "service", env)
    service.write("long.yaml", command_job("long", "sh", "-c", f"echo long >> {log}; sleep 8"))
    service.write("quick.yaml", command_job("quick", "sh", "-c", f"echo quick >> {log}; echo done"))
    service.write("other.yaml", command_job("other", "true", queue="other"))
    service.write("hot.yaml", command_job("hot", "true", store="redis"))
    try:
        service.start()
        with working(service, "first") as first, working(service, "second", "--queues", "default,other") as second:
            roles = {m["pid"]: m["role"] for m in service.get("/api/scheduler/info")["members"]}
            assert roles == {service.pid: "replica", first.pid: "worker", second.pid: "worker"}

            long = service.post("/api/jobs/long/run", expect=202)["id"]
            quick = service.run_to_end("quick")
            assert quick["state"] == "succeeded"
            assert [line["text"] for line in service.get(f"/api/runs/{quick['id']}/output")["items"]] == ["done"]
            assert service.run_to_end("other")["state"] == "succeeded"
            assert service.run_to_end("hot")["state"] == "succeeded", "a job that is kept in Redis"
            assert service.wait_for_run(long)["state"] == "succeeded", "longer than the visibility timeout"

            cancelled = service.post("/api/jobs/long/run", expect=202)["id"]
            wait_for("start", lambda: service.get(f"/api/runs/{cancelled}")["state"] == "running")
            service.post(f"/api/runs/{cancelled}/cancel", {"reason": "enough"}, expect=202)
            assert service.wait_for_run(cancelled)["state"] == "cancelled"

            lost = service.post("/api/jobs/long/run", expect=202)["id"]
            wait_for("start", lambda: service.get(f"/api/runs/{lost}")["state"] == "running")
            for worker in (first, second):
                os.kill(worker.pid, signal.SIGKILL)
            assert service.wait_for_run(lost)["state"] == "lost"
        with working(service, "third") as third:
            assert service.run_to_end("quick")["state"] == "succeeded"
            os.kill(third.pid, signal.SIGTERM)
            assert third.wait(30) == 0
        assert sorted(appended(log)) == ["long", "long", "long", "quick", "quick"], "no message started a run twice"
    finally:
        service.stop()


@pytest.mark.timeout(120)
def test_a_run_on_a_worker_is_ended_when_the_newest_occurrence_takes_its_place(
    tmp_path: Path, postgres_url: str, broker: dict[str, str]
) -> None:
    env = {"DATABASE_URL": migrated(postgres_url), "EXECUTOR": "celery", **broker}
    service = Service(tmp_path / "service", env)
    keys = {"policy": {"overlap": "cancel_previous"}, "schedule": '{"trigger": "interval", "seconds": 5}'}
    service.write("sql.yaml", command_job("plain", "sleep", "60", **keys))
    service.write("redis.yaml", command_job("hot", "sleep", "60", store="redis", **keys))
    try:
        service.start()
        with working(service, "w1"):

            def replaced(job_id: str) -> bool:
                items = service.get(f"/api/jobs/{job_id}/runs")["items"]
                ended = [run for run in items if run["state"] == "cancelled" and run["started_at"]]
                begun = [run for run in items if run["state"] == "running"]
                return bool(ended and begun and min(e["finished_at"] for e in ended) <= begun[0]["started_at"])

            for job_id in ("plain", "hot"):
                wait_for(f"the end of a run of {job_id} and the start of the next", lambda j=job_id: replaced(j), 50)
    finally:
        service.stop()
