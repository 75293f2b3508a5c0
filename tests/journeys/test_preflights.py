"""Preflights as people meet them: whether a run would work is known before it is due, and nothing of it is a run."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running import NIGHTLY, Service, command_job, wait_for
from scripted_server import Asked, Reply, ScriptedServer, scripted

SCOPES = {"X-OAuth-Scopes": "users:read,chat:write"}


def slack(asked: Asked) -> Reply:
    """A Slack that knows one token, without the scope for addresses."""
    if asked.headers.get("Authorization") == "Bearer xoxb-good":
        return Reply(body={"ok": True, "team_id": "T1", "team": "One", "url": "https://one.slack.com/"}, headers=SCOPES)
    return Reply(body={"ok": False, "error": "invalid_auth"})


def http_job(job_id: str, url: str) -> str:
    return f"job_id: {job_id}\njob_type: http_request\nschedule: {NIGHTLY}\nparameters: {json.dumps({'url': url})}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def service(folder: Path) -> Iterator[Service]:
    service = Service(folder, {"TASKS_HTTP_ALLOW_PRIVATE": "true"})
    yield service
    service.stop()


def preflight(service: Service, job_id: str, state: str) -> dict[str, Any]:
    """Wait until a job's preflight is for its definition, and says so."""

    def look() -> dict[str, Any] | None:
        job = service.job(job_id)
        found: dict[str, Any] | None = job and job["preflight"]
        return found if found and found["current"] and found["state"] == state and not found["asked_at"] else None

    return wait_for(f"preflight {state} of {job_id}", look)


def test_a_job_is_looked_at_when_it_is_applied_and_when_it_is_changed(service: Service) -> None:
    service.write("there.yaml", command_job("there", "echo", "hello"))
    path = service.write("gone.yaml", command_job("gone", "no-such-program"))
    service.start()

    assert preflight(service, "there", "ok")["findings"] == []
    [finding] = preflight(service, "gone", "failed")["findings"]
    assert finding["what"] == "there is no program 'no-such-program'"
    assert finding["why"] and "the PATH is" in finding["remedy"] and finding["fatal"]

    path.write_text(command_job("gone", "echo", "found"))
    preflight(service, "gone", "ok")


def test_a_failed_preflight_is_told_everywhere_and_is_no_run(service: Service) -> None:
    service.write("gone.yaml", command_job("gone", "no-such-program"))
    service.start()
    preflight(service, "gone", "failed")

    job = service.job("gone")
    assert job and job["health"] == "NeverRan" and job["last_run"] is None and job["durations"] is None
    assert service.get("/api/jobs/gone/runs")["items"] == []
    assert service.get("/api/jobs/gone/occurrences")["items"] == []
    assert service.get("/api/alarms")["items"] == []
    runs = [line for line in service.ask("GET", "/metrics").text.splitlines() if line.startswith("tasks_runs_total{")]
    assert runs and all(line.endswith(" 0.0") for line in runs)
    assert "there is no program" in service.ask("GET", "/").text
    assert "there is no program" in service.ask("GET", "/tasks/gone").text
    assert "Preflight of gone: failed: there is no program" in service.log.read_text()
    described = service.tasks("describe", "job", "gone")
    assert "there is no program" in described.stdout, described

    ended = service.run_to_end("gone")
    assert (ended["state"], ended["error"]["type"]) == ("failed", "CommandFailed")


def test_somebody_asks_for_one_and_waits_for_it(service: Service, folder: Path) -> None:
    tool = folder / "tool"
    service.write("tool.yaml", command_job("tool", str(tool)))
    service.start()
    preflight(service, "tool", "failed")
    failed = service.tasks("preflight", "tool")
    assert failed.returncode == 1 and "there is no program" in failed.stdout, failed

    tool.write_text("#!/bin/sh\n")
    forbidden = service.tasks("preflight", "tool", "--json")
    assert "may not be executed" in json.loads(forbidden.stdout)["findings"][0]["what"], forbidden
    tool.chmod(0o755)
    well = service.tasks("preflight", "tool")
    assert well.returncode == 0 and "ok" in well.stdout, well

    answer = service.ask("POST", "/api/jobs/tool/preflight", json={"actor": "anna"})
    assert answer.status_code == 202
    assert answer.json()["asked_at"] and answer.json()["asked_by"] == "anna"
    assert service.ask("POST", "/api/jobs/none/preflight").status_code == 404
    assert [a["action"] for a in service.get("/api/audit")["items"]] == ["job.preflight"] * 4
    by_page = service.ask("POST", "/tasks/tool/preflight", headers={"Origin": service.url})
    assert by_page.status_code == 303


def test_slack_is_asked_for_the_token_and_its_scopes_and_nothing_else(folder: Path) -> None:
    with scripted(slack) as server:
        with_token(folder / "good", server, "xoxb-good", state="ok", words="lacks the scope users:read.email")
        with_token(folder / "bad", server, "xoxb-bad", state="failed", words="answered invalid_auth")
        assert {asked.path for asked in server.asked} == {"/auth.test"}


def with_token(folder: Path, server: ScriptedServer, token: str, state: str, words: str) -> None:
    folder.mkdir()
    service = Service(folder, {"SLACK_BOT_TOKEN": token, "SLACK_API_BASE_URL": f"{server.url}/"})
    service.write("users.yaml", f"job_id: users\njob_type: slack_user_import\nschedule: {NIGHTLY}\n")
    service.start()
    try:
        found = preflight(service, "users", state)
        told = json.dumps(found)
        assert words in told
        assert token not in told + service.log.read_text()
    finally:
        service.stop()


def test_the_target_of_a_request_is_connected_to_and_sent_nothing(service: Service) -> None:
    with scripted(lambda _: Reply(status=500)) as server:
        service.write("there.yaml", http_job("there", f"{server.url}/danger"))
        service.write("gone.yaml", http_job("gone", "http://127.0.0.1:9/nothing"))
        service.start()
        preflight(service, "there", "ok")
        assert server.asked == []
    [finding] = preflight(service, "gone", "failed")["findings"]
    assert finding["what"].startswith("http://127.0.0.1:9/nothing cannot be reached")


def test_an_installation_may_have_preflights_made_only_on_request(folder: Path) -> None:
    service = Service(folder, {"TASKS_PREFLIGHT": "false"})
    service.write("there.yaml", command_job("there", "echo"))
    service.start()
    try:
        assert service.run_to_end("there")["state"] == "succeeded"
        assert (service.job("there") or {})["preflight"] is None
        assert service.tasks("preflight", "there").returncode == 0
        preflight(service, "there", "ok")
    finally:
        service.stop()
