"""Redis goes away and comes back: its jobs wait and say so, all others go on, and nothing that ran is lost."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from places import POSTGRES
from running import Service, command_job, serving, wait_for
from servers import ValkeyServer, own_valkey

pytestmark = pytest.mark.fault

EVERY_SECOND = "{trigger: interval, seconds: 1}"
STARTED = "started.log"
DATABASE = "postgresql" if POSTGRES else "sqlite"


def jobs(folder: Path) -> dict[str, str]:
    """A job of each store that runs every second, and one in Redis that takes its time."""
    note = f"echo $$ >> {folder / STARTED}"
    return {
        "sql.yaml": command_job("sql", "true", schedule=EVERY_SECOND),
        "hot.yaml": command_job("hot", "sh", "-c", note, schedule=EVERY_SECOND, store="redis"),
        "slow.yaml": command_job("slow", "sh", "-c", "echo begun; sleep 3; echo ended", store="redis"),
    }


@contextmanager
def beside(folder: Path, server: ValkeyServer) -> Iterator[Service]:
    with serving(folder, jobs(folder), REDIS_URL=server.url) as service:
        yield service


def runs(service: Service, job: str, limit: int = 500) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = service.get(f"/api/jobs/{job}/runs?limit={limit}")["items"]
    return found


def store(service: Service) -> dict[str, Any]:
    """Redis as the scheduler's stores tell it."""
    told: dict[str, Any] = service.get("/api/scheduler/info")["stores"][1]
    return told


def newest(service: Service, job: str) -> str:
    return max((run["due_at"] for run in runs(service, job, 20) if run["state"] == "succeeded"), default="")


def assert_started_once(service: Service) -> None:
    """Every start that the job wrote down has a run of its own, and no slot has two rows."""
    started = (service.folder / STARTED).read_text().splitlines()
    begun = [run for run in runs(service, "hot") if run["started_at"]]
    assert len(started) <= len(begun)
    rows = service.get("/api/jobs/hot/occurrences?limit=500")["items"]
    assert max(Counter(row["due_at"] for row in rows).values()) == 1
    assert {run["state"] for run in begun} <= {"succeeded", "running", "lost"}
    assert max(Counter(run["due_at"] for run in begun).values()) == 1


def test_jobs_of_both_stores_are_shown_alike(tmp_path: Path) -> None:
    with own_valkey() as server, beside(tmp_path, server) as service:
        for job in ("sql", "hot"):
            wait_for(f"runs of {job}", lambda job=job: newest(service, job))  # type: ignore[misc]
        ended = service.run_to_end("slow")

        assert (ended["state"], ended["job_id"]) == ("succeeded", "slow")
        assert [line["text"] for line in service.get(f"/api/runs/{ended['id']}/output")["items"]] == ["begun", "ended"]
        shown = {run["job_id"] for run in service.get("/api/runs?limit=100")["items"]}
        assert shown == {"sql", "hot", "slow"}
        page = service.ask("GET", "/runs").text
        assert all(name in page for name in shown)
        info = service.get("/api/scheduler/info")
        assert info["job_stores"] == [DATABASE, "redis"]
        assert [(one["name"], one["status"], one["warnings"]) for one in info["stores"]] == [
            (DATABASE, "ok", []),
            ("redis", "ok", []),
        ]
        assert service.get("/health")["stores"] == {"redis": "ok"}


def test_a_killed_redis_stops_its_jobs_alone_and_they_are_caught_up(tmp_path: Path) -> None:
    with own_valkey() as server, beside(tmp_path, server) as service:
        wait_for("a run in Redis", lambda: newest(service, "hot"))
        slow = service.post("/api/jobs/slow/run", expect=202)["id"]
        wait_for("its start", lambda: service.get(f"/api/runs/{slow}/output")["items"])
        server.kill()

        told = wait_for("the trouble", lambda: store(service)["status"] == "away" and store(service))
        assert "Redis does not answer" in told["reason"]
        assert told["since"]
        health = service.get("/health")
        assert (health["status"], "Redis does not answer" in health["stores"]["redis"]) == ("degraded", True)
        before = newest(service, "sql")
        wait_for("the other job", lambda: newest(service, "sql") > before)
        wait_for("its lateness", lambda: "not claimed: Redis" in service.get("/api/jobs/hot")["health_reason"])
        attention = [item for item in service.get("/api/stats")["attention"] if item["kind"] == "store"]
        assert "2 job(s) with store: redis cannot be claimed" in attention[0]["reason"]
        assert service.ask("POST", "/api/jobs/hot/run").status_code == 503
        spool = service.folder / "data" / "spool"
        wait_for("the slow run's end in the spool", lambda: list(spool.glob("*.json")))

        server.start()

        assert service.wait_for_run(slow)["state"] == "succeeded"
        before = newest(service, "hot")
        wait_for("the next run in Redis", lambda: newest(service, "hot") > before)
        wait_for("health", lambda: service.get("/health")["status"] == "healthy")
        assert not list(spool.glob("*.json"))
        assert_started_once(service)
        assert "Traceback" not in service.log.read_text()


def test_a_stopped_redis_keeps_no_other_job_waiting_and_a_kill_of_the_service_starts_nothing_twice(
    tmp_path: Path,
) -> None:
    with own_valkey() as server, beside(tmp_path, server) as service:
        wait_for("a run in Redis", lambda: newest(service, "hot"))
        server.freeze()
        wait_for("the trouble", lambda: store(service)["status"] == "away")
        since = newest(service, "sql")
        wait_for("four runs", lambda: len([r for r in runs(service, "sql", 20) if r["due_at"] > since]) >= 4, 10)
        late = [run["lateness"] for run in runs(service, "sql", 3) if run["started_at"]]
        assert max(late) < 2.5, late
        service.kill()
        service.start()
        assert store(service)["status"] == "away"

        server.thaw()

        before = newest(service, "hot")
        wait_for("the next run in Redis", lambda: newest(service, "hot") > before)
        server.kill()
        server.start()
        before = newest(service, "hot")
        wait_for("the run after a crash", lambda: newest(service, "hot") > before)
        assert_started_once(service)


def test_without_redis_url_its_jobs_wait_and_say_so(tmp_path: Path) -> None:
    with serving(tmp_path, jobs(tmp_path)) as service:
        wait_for("the other job", lambda: newest(service, "sql"))

        assert service.get("/health")["stores"] == {"redis": "REDIS_URL is not set"}
        wait_for("its lateness", lambda: "REDIS_URL is not set" in service.get("/api/jobs/hot")["health_reason"])
        assert runs(service, "hot") == []
        assert service.ask("POST", "/api/jobs/hot/run").status_code == 409
