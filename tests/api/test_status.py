"""Scheduler, health and statistics over HTTP."""

import os

from house import METRICS_CURL, House

from tasks_service.core.run import RunState


def test_the_scheduler_tells_who_leads_and_how_runs_are_confined(house: House) -> None:
    answer = house.client.get("/api/scheduler/info").json()

    assert {"jobs_count", "timezone", "job_stores", "executors", "tick_age", "sync"} <= answer.keys()
    assert (answer["running"], answer["leader"]["pid"], answer["sandbox"]["level"]) == (True, os.getpid(), "S1")


def test_a_healthy_service_says_so(house: House) -> None:
    answer = house.client.get("/health")

    assert answer.status_code == 200
    body = answer.json()
    assert {"version", "sources", "warnings"} <= body.keys()
    assert (body["status"], body["scheduler_running"], body["database"], body["auth"]) == (
        "healthy",
        True,
        "ok",
        "disabled",
    )
    assert house.client.get("/health/live").json() == {"status": "alive"}
    assert house.client.get("/health/ready").json() == {"status": "ready"}


def test_trouble_with_a_file_is_degraded_and_still_200(house: House) -> None:
    house.commit(broken="other.yaml")

    answer = house.client.get("/health")

    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


def test_without_a_scheduler_the_service_is_unhealthy_and_ready(house: House) -> None:
    house.engine.stop()

    health = house.client.get("/health")

    assert (health.status_code, health.json()["scheduler_running"]) == (503, False)
    assert house.client.get("/health/ready").status_code == 200


def test_the_figures_count_what_happened(house: House) -> None:
    house.create()
    house.end_run(house.start_run("hello"))
    house.end_run(house.start_run("hello"), RunState.FAILED)

    answer = house.client.get("/api/stats").json()

    assert (answer["jobs"], answer["active"], answer["success_rate_24h"]) == (1, 1, 0.5)
    assert (answer["runs_24h"]["succeeded"], answer["runs_24h"]["failed"]) == (1, 1)
    assert [item["job_id"] for item in answer["attention"]] == ["hello"]


def test_the_statistics_tell_rates_percentiles_and_use_by_job_type(house: House) -> None:
    house.create()
    house.create(METRICS_CURL)
    for state in (RunState.SUCCEEDED, RunState.SUCCEEDED, RunState.TIMED_OUT):
        house.end_run(house.start_run("hello"), state)
    house.client.post("/api/jobs/hello/pause", json={"reason": "vendor outage"})

    answer = house.client.get("/api/stats").json()

    command, metrics = answer["job_types"]
    assert (command["job_type"], command["jobs"], metrics["job_type"]) == ("command", 1, "metrics_collection")
    assert (command["success_rate_24h"], command["failure_rate_24h"]) == (2 / 3, 1 / 3)
    assert command["runs_24h"] == answer["runs_24h"]
    assert 0 <= command["duration_seconds_24h"]["p50"] <= command["duration_seconds_24h"]["p95"]
    assert command["lateness_seconds_24h"] == {"p50": None, "p95": None}, "nobody asked for a time"
    assert (metrics["success_rate_24h"], metrics["failure_rate_24h"]) == (None, None)
    assert answer["occurrences_24h"] == {"succeeded": 2, "timed_out": 1}
    assert answer["last_success"]["hello"] > "2026"
    assert len(answer["last_success"]) == 2
    assert (answer["overrides"], answer["oldest_override_seconds"] > 0) == (1, True)
    assert (answer["leading"], answer["term"], answer["tick_age"] >= 0, answer["sync"]) == (True, 1, True, "Synced")
    assert (answer["queued"], answer["running"], answer["queue_wait_seconds"]) == (0, 0, 0)
    assert all(answer["service"][name] > 0 for name in ("cpu_seconds", "memory_bytes", "open_files", "threads"))
