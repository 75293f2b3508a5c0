"""Alarms over HTTP, and what a job and its runs tell of expectations."""

from datetime import timedelta
from typing import Any

from builders import make_sourced
from house import House, wait_for
from scraping import Scrape

from tasks_service.core.run import RunError, RunState


def alarms(house: House, **query: str) -> list[dict[str, Any]]:
    answer = house.client.get("/api/alarms", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_an_alarm_is_listed_while_it_is_open_and_when_it_is_past(house: House) -> None:
    house.commit(make_sourced("nightly"), make_sourced("other"))
    error = RunError(type="ExitCode", message="exit code 1")
    for _ in range(3):
        run_id = house.start_run("nightly")
        house.end_run(run_id, RunState.FAILED, error=error)

    [failing] = wait_for("the alarm", lambda: [a for a in alarms(house, state="open") if a["failures"] == 3])

    assert (failing["job_id"], failing["kind"], failing["open"]) == ("nightly", "failing", True)
    assert (failing["reason"], failing["run_id"]) == ("3 times in a row: ExitCode: exit code 1", run_id)
    assert failing["until"] is None and failing["since"] <= failing["raised_at"]
    job = house.client.get("/api/jobs/nightly").json()
    assert job["alarms"] == [failing]
    assert (job["health"], job["health_reason"]) == ("Failing", failing["reason"])
    detail = {name: job["health_detail"][name] for name in ("state", "reason", "run_id", "failures")}
    assert detail == {"state": "Failing", "reason": failing["reason"], "run_id": run_id, "failures": 3}
    [concern] = house.client.get("/api/stats").json()["attention"]
    assert (concern["kind"], concern["job_id"], concern["since"]) == ("failing", "nightly", failing["since"])
    assert Scrape(house.client.get("/metrics").text).by("kind", "tasks_open_alarms") == {"failing": 1}

    house.end_run(house.start_run("nightly"))
    [past] = wait_for("its end", lambda: alarms(house, state="past"))

    assert past["id"] == failing["id"] and not past["open"] and past["until"] >= past["raised_at"]
    assert past["cleared_by"].startswith("the run succeeded at ")
    assert alarms(house, state="open") == []
    told = [e for e in house.stores.journal.after(0) if e.kind.startswith("alarm.")]
    assert [e.kind for e in told] == ["alarm.raised", "alarm.cleared"]


def test_alarms_are_asked_for_by_job_and_kind(house: House) -> None:
    house.commit(make_sourced("nightly"), make_sourced("other"))
    house.end_run(house.start_run("nightly"), RunState.FAILED)
    wait_for("the alarm", lambda: alarms(house))

    assert len(alarms(house, job_id="NIGHTLY", kind="late,failing")) == 1
    assert alarms(house, job_id="other") == alarms(house, kind="late") == alarms(house, state="past") == []
    assert house.client.get("/api/alarms?job_id=nobody").status_code == 404
    assert house.client.get("/api/alarms?kind=loud").status_code == 422
    assert house.client.get("/api/alarms?state=loud").status_code == 422


def test_a_job_tells_what_is_expected_of_it_and_where_that_comes_from(house: House) -> None:
    house.commit(make_sourced("nightly"), make_sourced("strict", expect={"grace": "20s", "max_runtime": "90s"}))

    derived, given = (house.client.get(f"/api/jobs/{name}").json() for name in ("nightly", "strict"))

    assert derived["expected"] == {
        "grace_seconds": 900,
        "grace_from": "pace",
        "max_runtime_seconds": 600,
        "max_runtime_from": "timeout",
    }
    assert (given["expected"]["grace_seconds"], given["expected"]["grace_from"]) == (20, "manifest")
    assert given["expect"] == {"grace": "20s", "max_runtime": "1m30s"}
    assert (derived["expect"], derived["durations"], derived["alarms"]) == ({}, None, [])


def test_a_run_tells_while_it_runs_that_it_takes_longer_than_usual(house: House) -> None:
    house.commit_job()
    for _ in range(5):
        house.end_run(house.start_run("nightly"))
    run_id = house.start_run("nightly")

    def run() -> dict[str, Any]:
        found: dict[str, Any] = house.client.get(f"/api/runs/{run_id}").json()
        return found

    durations = house.client.get("/api/jobs/nightly").json()["durations"]
    assert durations["count"] == 5 and 0 <= durations["p50"] <= durations["p95"]
    assert (run()["usual_seconds"], run()["longer_than_usual"]) == (durations["p50"], False)

    house.clock.ahead = timedelta(seconds=30)

    assert run()["longer_than_usual"]
    [listed] = house.client.get("/api/runs?state=running").json()["items"]
    assert (listed["longer_than_usual"], listed["usual_seconds"]) == (True, durations["p50"])
    assert house.client.get("/api/jobs/nightly").json()["last_run"]["longer_than_usual"]
    house.end_run(run_id)
    assert (run()["usual_seconds"], run()["longer_than_usual"]) == (None, False)
