"""Runs over HTTP."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import make_sourced
from house import COMMAND, METRICS_CURL, House

from tasks_service.core.run import RunError, RunState

KEYS = "id job_id state due_at started_at finished_at duration attempt trigger result error"
"""What product rules promise of a run."""


def test_a_run_is_asked_for_carried_out_and_read(house: House) -> None:
    house.create()
    run_id = house.start_run("hello")
    house.end_run(run_id, result={"lines": 1})

    run = house.client.get(f"/api/runs/{run_id}").json()

    assert set(KEYS.split()) <= run.keys()
    assert (run["state"], run["trigger"], run["attempt"], run["result"]) == ("succeeded", "manual", 1, {"lines": 1})
    assert run["duration"] >= 0 and run["error"] is None and run["actor"] == "anonymous@testclient"
    job = house.client.get("/api/jobs/hello").json()
    assert (job["last_run"]["id"], job["health"]) == (run_id, "Healthy")


def test_a_failed_run_tells_type_message_and_traceback(house: House) -> None:
    house.create()
    run_id = house.start_run("hello")
    house.end_run(run_id, RunState.FAILED, error=RunError(type="ExitCode", message="exit code 3", traceback="line 1"))

    run = house.client.get(f"/api/runs/{run_id}").json()

    assert run["error"] == {"type": "ExitCode", "message": "exit code 3", "traceback": "line 1"}


def test_runs_are_listed_by_state_and_by_job(house: House) -> None:
    house.create()
    house.create({**METRICS_CURL, "job_id": "figures"})
    done, under_way = house.start_run("hello"), house.start_run("figures")
    house.end_run(done)

    def ids(path: str, **query: str) -> list[str]:
        return [run["id"] for run in house.client.get(path, params=query).json()["items"]]

    assert set(ids("/api/runs")) == {done, under_way}
    assert ids("/api/runs", state="running") == [under_way]
    assert set(ids("/api/runs", state="running,succeeded")) == {done, under_way}
    assert ids("/api/runs", job_id="hello") == ids("/api/jobs/hello/runs") == [done]


def test_the_ledger_of_a_job_shows_occurrences_with_their_runs(house: House) -> None:
    house.create()
    run_id = house.start_run("hello")
    house.end_run(run_id)

    rows = house.client.get("/api/jobs/hello/occurrences").json()["items"]

    assert [(row["slot"], row["outcome"], row["count"]) for row in rows] == [(f"manual:{run_id}", "succeeded", 1)]
    assert [run["id"] for run in rows[0]["runs"]] == [run_id]


def test_a_running_run_is_cancelled(house: House) -> None:
    house.create()
    run_id = house.start_run("hello")

    answer = house.client.post(f"/api/runs/{run_id}/cancel", json={"reason": "wrong day"})

    assert answer.status_code == 202
    assert answer.json()["cancel_reason"] == "wrong day"


def test_what_has_ended_cannot_be_cancelled(house: House) -> None:
    house.create()
    run_id = house.start_run("hello")
    house.end_run(run_id)

    answer = house.client.post(f"/api/runs/{run_id}/cancel")

    assert answer.status_code == 409
    assert "succeeded" in answer.json()["error"]


def test_a_repeated_idempotency_key_runs_once(house: House) -> None:
    house.create()
    key = {"Idempotency-Key": "once"}

    answers = [house.client.post("/api/jobs/hello/run", headers=key).json()["id"] for _ in range(2)]

    assert answers[0] == answers[1]
    assert house.client.get("/api/runs").json()["total"] == 1


def test_a_repeated_idempotency_key_with_other_parameters_is_refused(house: House) -> None:
    house.create()
    key = {"Idempotency-Key": "once"}
    house.client.post("/api/jobs/hello/run", headers=key)

    other = house.client.post("/api/jobs/hello/run", headers=key, json={"parameters": {"argv": ["echo", "bye"]}})

    assert other.status_code == 409
    assert "other parameters" in other.json()["error"]


def test_requests_at_once_with_one_idempotency_key_run_once(house: House) -> None:
    house.create()

    def start(_: int) -> str:
        return str(house.client.post("/api/jobs/hello/run", headers={"Idempotency-Key": "once"}).json()["id"])

    with ThreadPoolExecutor(6) as threads:
        started = list(threads.map(start, range(6)))

    assert len(set(started)) == 1
    assert house.client.get("/api/runs").json()["total"] == 1
    assert [entry["action"] for entry in house.client.get("/api/audit").json()["items"]].count("job.run") == 1


def test_pages_of_runs_do_not_shift_while_runs_are_added(house: House) -> None:
    house.create()
    ids = [house.client.post("/api/jobs/hello/run").json()["id"] for _ in range(4)][::-1]
    first = house.client.get("/api/runs", params={"limit": 2}).json()
    house.client.post("/api/jobs/hello/run")

    rest = house.client.get("/api/runs", params={"limit": 2, "cursor": first["next_cursor"]}).json()

    assert [run["id"] for run in first["items"] + rest["items"]] == ids
    assert rest["next_cursor"] is None


def test_parameters_of_one_run_are_validated_like_any(house: House) -> None:
    house.create()

    good = house.client.post("/api/jobs/hello/run", json={"parameters": {"argv": ["echo", "once"]}})
    bad = house.client.post("/api/jobs/hello/run", json={"parameters": {"argv": 5}})

    assert good.status_code == 202 and good.json()["parameters"]["argv"] == ["echo", "once"]
    assert bad.status_code == 422
    assert bad.json()["diagnostics"][0]["field"].startswith("parameters.argv")


def test_strangers_may_run_a_job_but_not_with_their_own_parameters(exposed: House) -> None:
    exposed.commit(make_sourced("nightly"))

    assert exposed.client.post("/api/jobs/nightly/run").status_code == 202
    answer = exposed.client.post("/api/jobs/nightly/run", json={"parameters": {"argv": ["id"]}})
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/api/runs/nothing", "/api/runs/nothing/output", "/api/jobs/nothing/runs"])
def test_what_does_not_exist_is_not_found(house: House, path: str) -> None:
    assert house.client.get(path).status_code == 404


@pytest.mark.parametrize("query", ["state=done", "limit=0", "limit=501", "limit=x", "since=yesterday", "cursor=%00"])
def test_a_wrong_filter_is_refused(house: House, query: str) -> None:
    assert house.client.get(f"/api/runs?{query}").status_code == 422


def test_a_command_job_keeps_its_parameters_with_the_run(house: House) -> None:
    house.create()

    run = house.client.post("/api/jobs/hello/run").json()

    assert run["parameters"]["argv"] == COMMAND["parameters"]["argv"]


def test_the_usage_of_a_job_is_summed_up(house: House) -> None:
    house.create()
    house.end_run(house.start_run("hello"), cpu_seconds=0.5, peak_memory_bytes=1000, output_bytes=7, start_seconds=0.02)
    house.end_run(house.start_run("hello"), RunState.FAILED, cpu_seconds=1.0, peak_memory_bytes=3000, output_bytes=5)

    usage = house.client.get("/api/jobs/hello/usage?days=7").json()

    assert (usage["runs"], usage["failed"], usage["cpu_seconds"], usage["output_bytes"]) == (2, 1, 1.5, 12)
    assert (usage["peak_memory_bytes"], usage["longest_start_seconds"]) == (3000, 0.02)
    assert house.client.get("/api/jobs/hello/usage?days=0").status_code == 422
    assert house.client.get("/api/jobs/nobody/usage").status_code == 404
