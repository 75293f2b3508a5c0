"""Scheduler, health and statistics over HTTP."""

import os

from house import House

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
