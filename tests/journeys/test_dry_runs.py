"""Dry runs as people meet them: a real run that tells what it would do, and is no part of how a job does."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import NIGHTLY, Service, command_job, wait_for
from scripted_server import Reply, scripted


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path, {"TASKS_HTTP_ALLOW_PRIVATE": "true", "TASKS_PREFLIGHT": "false"})
    yield service
    service.stop()


def test_a_dry_run_tells_what_it_would_do_and_counts_nowhere(service: Service) -> None:
    with scripted(lambda _: Reply(status=500)) as server:
        parameters = json.dumps({"url": f"{server.url}/x", "method": "DELETE"})
        service.write(
            "ask.yaml", f"job_id: ask\njob_type: http_request\nschedule: {NIGHTLY}\nparameters: {parameters}\n"
        )
        service.start()

        asked = service.post("/api/jobs/ask/run", {"dry_run": True}, expect=202)
        run = service.wait_for_run(asked["id"])
        assert (run["state"], run["dry_run"]) == ("succeeded", True)
        assert run["result"]["dry_run"]["would_send"]["method"] == "DELETE"
        assert server.asked == []

        told = service.tasks("run", "ask", "--dry-run")
        assert told.returncode == 0, told
        assert json.loads(told.stdout)["dry_run"]["would_send"]["url"] == f"{server.url}/x"
        listed = service.tasks("get", "runs", "ask")
        assert listed.stdout.count("manual, dry run") == 2, listed

        job = service.job("ask")
        assert job and (job["health"], job["last_run"], job["durations"]) == ("NeverRan", None, None)
        failed = service.run_to_end("ask")
        assert (failed["state"], failed["dry_run"]) == ("failed", False)
        service.wait_for_run(service.post("/api/jobs/ask/run", {"dry_run": True}, expect=202)["id"])
        assert service.wait_for_job("ask", health="Failing")["last_run"]["id"] == failed["id"]

    def counted() -> bool:
        lines = service.ask("GET", "/metrics").text.splitlines()
        return 'tasks_runs_total{job_type="http_request",outcome="failed"} 1.0' in lines

    wait_for("the failure in the metrics", counted)
    assert 'outcome="succeeded"} 1.0' not in service.ask("GET", "/metrics").text
    for page in ("/runs", "/tasks/ask", f"/runs/{asked['id']}"):
        assert ">dry run</span>" in service.ask("GET", page).text
    assert "only tell what it would do" in service.ask("GET", "/tasks/ask/run").text


def test_a_type_without_a_dry_run_refuses_one_with_a_sentence(service: Service) -> None:
    service.write("wet.yaml", command_job("wet", "echo"))
    service.start()
    answer = service.ask("POST", "/api/jobs/wet/run", json={"dry_run": True})
    assert answer.status_code == 422
    assert "the job type 'command' has no dry run" in answer.text
    assert "http_request, metrics_collection, slack_user_import" in answer.text
    told = service.tasks("run", "wet", "--dry-run")
    assert told.returncode == 2 and "has no dry run" in told.stderr, told
    assert service.get("/api/jobs/wet/runs")["items"] == []
    assert "only tell what it would do" not in service.ask("GET", "/tasks/wet/run").text


def test_a_key_of_a_dry_run_begins_no_run_that_does_its_work(service: Service) -> None:
    manifest = f"job_id: ask\njob_type: http_request\nschedule: {NIGHTLY}\nparameters: {{url: 'http://127.0.0.1:9/'}}\n"
    service.write("ask.yaml", manifest)
    service.start()
    key = {"Idempotency-Key": "k1"}
    first = service.ask("POST", "/api/jobs/ask/run", json={"dry_run": True}, headers=key)
    again = service.ask("POST", "/api/jobs/ask/run", json={"dry_run": True}, headers=key)
    other = service.ask("POST", "/api/jobs/ask/run", json={}, headers=key)
    assert first.json()["id"] == again.json()["id"]
    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 409)
    assert "this key was used for a dry run" in other.text
