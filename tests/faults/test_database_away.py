"""The database goes away and comes back: nothing is claimed meanwhile, runs go on, and their ends are kept."""

from pathlib import Path

import pytest
from databases import migrated
from running import Service, command_job, serving, wait_for
from scraping import Scrape
from servers import PostgresServer

from tasks_service.control.metric_table import METRICS
from tasks_service.core.metric import Scope

pytestmark = pytest.mark.fault

JOBS = {
    "slow.yaml": command_job("slow", "sh", "-c", "echo begun; sleep 3; echo ended"),
    "often.yaml": command_job("often", "true", schedule="{trigger: interval, seconds: 1}"),
}


def spooled(service: Service, run: str = "*") -> list[Path]:
    """The results that wait on disk."""
    return list((service.folder / "data" / "spool").glob(f"{run}.json"))


def begun(service: Service) -> str:
    """A run of ``slow`` that is under way."""
    run: str = service.post("/api/jobs/slow/run", expect=202)["id"]
    wait_for("start", lambda: service.get(f"/api/runs/{run}/output")["items"] or None)
    return run


def printed(service: Service, run: str) -> list[str]:
    return [line["text"] for line in service.get(f"/api/runs/{run}/output")["items"]]


def test_a_run_outlives_the_databases_absence_and_what_was_due_is_caught_up(
    tmp_path: Path, postgres_server: PostgresServer, postgres_url: str
) -> None:
    with serving(tmp_path, JOBS, DATABASE_URL=migrated(postgres_url)) as service:
        run = begun(service)
        with postgres_server.unreachable(postgres_url):
            health = service.ask("GET", "/health")
            assert (health.status_code, health.json()["status"]) == (503, "unhealthy")
            refused = service.ask("GET", "/api/jobs")
            assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")
            assert int(refused.headers["retry-after"]) > 0
            assert service.ask("GET", "/health/live").status_code == 200
            told = Scrape(service.ask("GET", "/metrics").text)
            assert told.value("tasks_database_up") == 0
            assert set(told.names.values()) == {m.name for m in METRICS if m.scope is Scope.PROCESS}
            wait_for("the result on disk", lambda: spooled(service, run))

        assert service.wait_for_run(run)["state"] == "succeeded"
        assert printed(service, run) == ["begun", "ended"]
        wait_for("an empty spool", lambda: not spooled(service))
        ended = service.get(f"/api/runs/{run}")["finished_at"]
        wait_for(
            "runs after the outage",
            lambda: service.get("/api/jobs/often/runs?limit=1")["items"][0]["due_at"] > ended,
            40,
        )
        rows = service.get("/api/jobs/often/occurrences?limit=500")["items"]
        assert len({row["due_at"] for row in rows}) == len(rows)
        assert wait_for("health", lambda: service.ask("GET", "/health").status_code == 200)


def test_a_result_survives_the_process_that_could_not_record_it(
    tmp_path: Path, postgres_server: PostgresServer, postgres_url: str
) -> None:
    with serving(tmp_path, JOBS, DATABASE_URL=migrated(postgres_url)) as service:
        run = begun(service)
        with postgres_server.unreachable(postgres_url):
            wait_for("the result on disk", lambda: spooled(service, run))
            service.kill()

        service.start()

        assert service.get(f"/api/runs/{run}")["state"] == "succeeded"
        assert printed(service, run) == ["begun", "ended"]
        assert not spooled(service)
