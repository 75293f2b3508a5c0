"""Several processes on one database: one leads, all answer, and nobody takes a living peer's runs for lost."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from databases import migrated
from running import Service, command_job, wait_for
from scraping import Scrape

pytestmark = pytest.mark.fault

SLOW = "exec sleep 4"


@contextmanager
def replicas(folder: Path, database: str, manifests: dict[str, str], **env: str) -> Iterator[tuple[Service, Service]]:
    """Two started services of one database and of equal manifests; the first one leads."""
    common = {"DATABASE_URL": database, "TASKS_DRAIN_SECONDS": "20", "TASKS_SYNC_INTERVAL": "60s", **env}
    with ExitStack() as stack:
        pair = []
        for name in ("one", "two"):
            service = Service(folder / name, common)
            for file, text in manifests.items():
                service.write(file, text)
            stack.callback(service.stop)
            pair.append(service.start())
        yield pair[0], pair[1]


def leader(service: Service) -> int | None:
    """The process id of the leader, as a service tells it."""
    info: dict[str, Any] = service.get("/api/scheduler/info")
    return info["leader"]["pid"] if info["leader"] else None


def takeover(service: Service, seconds: float = 15) -> float:
    """How long it takes until this service leads, in seconds."""
    begun = time.monotonic()
    wait_for(f"{service.pid} to lead, not {leader(service)}", lambda: leader(service) == service.pid, seconds)
    return time.monotonic() - begun


def test_a_killed_leader_is_followed_and_its_run_is_lost(tmp_path: Path, postgres_url: str) -> None:
    jobs = {"slow.yaml": command_job("slow", "sleep", "60"), "quick.yaml": command_job("quick", "true")}
    with replicas(tmp_path, migrated(postgres_url), jobs) as (one, two):
        assert leader(two) == one.pid
        first = one.pid
        run = one.post("/api/jobs/slow/run", expect=202)["id"]
        wait_for("start", lambda: two.get(f"/api/runs/{run}")["state"] == "running")

        one.kill()

        assert takeover(two) < 10
        lost = two.wait_for_run(run)
        assert lost["state"] == "lost"
        why = two.get(f"/api/jobs/slow/explain?at={lost['due_at']}")
        assert (why["outcome"], why["leader"]["pid"], why["leader"]["ending"]) == ("lost", first, "died")
        assert why["next_leader"]["pid"] == two.pid
        assert f"by the leader, process {two.pid} on " in why["sentences"][1]
        assert two.run_to_end("quick")["state"] == "succeeded"


def test_a_leader_that_is_told_to_stop_hands_over_at_once_and_finishes_its_runs(
    tmp_path: Path, postgres_url: str
) -> None:
    with replicas(tmp_path, migrated(postgres_url), {"slow.yaml": command_job("slow", "sh", "-c", SLOW)}) as (one, two):
        run = one.post("/api/jobs/slow/run", expect=202)["id"]
        wait_for("start", lambda: two.get(f"/api/runs/{run}")["state"] == "running")
        first = one.pid
        os.kill(first, signal.SIGTERM)

        wait_for("another leader", lambda: leader(two) == two.pid, 5)
        assert two.get(f"/api/runs/{run}")["state"] == "running", "the old leader lets it finish"
        assert two.wait_for_run(run)["state"] == "succeeded"


def test_a_leader_that_was_stopped_for_long_finds_its_term_over(tmp_path: Path, postgres_url: str) -> None:
    jobs = {"slow.yaml": command_job("slow", "sleep", "60"), "quick.yaml": command_job("quick", "true")}
    with replicas(tmp_path, migrated(postgres_url), jobs) as (one, two):
        run = one.post("/api/jobs/slow/run", expect=202)["id"]
        wait_for("start", lambda: two.get(f"/api/runs/{run}")["state"] == "running")
        os.kill(one.pid, signal.SIGSTOP)
        try:
            assert takeover(two) < 10
            assert two.wait_for_run(run)["state"] == "lost", "nobody knows what became of it"
            assert two.run_to_end("quick")["state"] == "succeeded"
        finally:
            os.kill(one.pid, signal.SIGCONT)

        wait_for("the old leader to see it", lambda: leader(one) == two.pid)
        wait_for("the end of what was given up", lambda: not one.children("sleep"), 30)
        assert two.get(f"/api/runs/{run}")["state"] == "lost"
        assert one.run_to_end("quick")["state"] == "succeeded", "a request at the other one reaches the leader"


def test_a_write_at_any_replica_reaches_the_leader_at_once(tmp_path: Path, postgres_url: str) -> None:
    """The next look at the sources is a minute away: it is the bell that wakes the leader."""
    with replicas(tmp_path, migrated(postgres_url), {"quick.yaml": command_job("quick", "true")}) as (_, two):
        begun = time.monotonic()
        body = {"job_type": "metrics_collection", "job_id": "made", "schedule": {"trigger": "interval", "hours": 1}}
        assert two.post("/api/jobs", body, expect=201)["sync"] == "Synced"
        two.post("/api/jobs/quick/pause", {"reason": "by the other one"})
        two.wait_for_job("quick", activity="Paused")
        assert two.run_to_end("quick")["state"] == "succeeded"
        assert time.monotonic() - begun < 15


def test_a_second_process_on_sqlite_follows(tmp_path: Path) -> None:
    jobs = {"quick.yaml": command_job("quick", "true")}
    with replicas(tmp_path, f"sqlite:///{tmp_path}/shared.db", jobs) as (one, two):
        assert leader(two) == leader(one) == one.pid
        assert two.get("/health")["scheduler_running"]
        assert two.run_to_end("quick")["state"] == "succeeded"
        scrapes = [Scrape(service.ask("GET", "/metrics").text) for service in (two, one)]
        assert scrapes[0].counters() == scrapes[1].counters(), "figures of the installation are the same everywhere"
        assert scrapes[0].value("tasks_runs_total", job_type="command", outcome="succeeded") == 1
        assert [scrape.value("tasks_leader") for scrape in scrapes] == [0, 1]
        assert [scrape.value("tasks_scheduler_tick_age_seconds") is None for scrape in scrapes] == [True, False]
