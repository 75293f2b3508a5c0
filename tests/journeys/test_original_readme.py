"""What the service's first README promised works as it stood there: settings, requests, and a job type in one file."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from original_readme import ENV_FILE, METRICS, USER_IMPORT
from running import ROOT, Service, free_port, wait_for

CUSTOM_JOB = """\
from typing import Any, Dict

from tasks_service.jobs import BaseJob

class CustomJob(BaseJob):
    JOB_NAME = "Custom Job"
    JOB_DESCRIPTION = "Description of what this job does"
    REQUIRED_PARAMS = ["required_param"]
    OPTIONAL_PARAMS = ["optional_param"]

    async def _execute_job(self) -> Dict[str, Any]:
        # Implement job logic
        return {"status": "completed"}
"""
CUSTOM = {
    "job_id": "custom",
    "job_type": "custom_job",
    "schedule": {"trigger": "interval", "hours": 1},
    "parameters": {"required_param": "any"},
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service with that ``.env`` and the class as one more file among its job types.

    Only what another program of this machine may hold is overridden: the ports.
    """
    folder = tmp_path_factory.mktemp("original")
    code = folder / "code"
    for part in ("tasks_service", "web"):
        shutil.copytree(ROOT / part, code / part, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    (code / "tasks_service" / "jobs" / "custom_job.py").write_text(CUSTOM_JOB)
    (folder / ".env").write_text(ENV_FILE)
    unused = free_port()
    env = {
        "DATABASE_URL": "",  # an empty variable counts as unset: the file decides
        "REDIS_URL": f"redis://localhost:{unused}/2",
        "SLACK_BOT_API_URL": f"http://localhost:{unused}",
    }
    running = Service(folder, env, code)
    try:
        yield running.start()
    finally:
        assert running.stop() == 0


def create(service: Service, body: str) -> httpx.Response:
    """What the README's curl command sends."""
    return httpx.post(f"{service.url}/api/jobs", content=body, headers={"Content-Type": "application/json"}, timeout=20)


def test_the_settings_start_the_service_and_what_cannot_be_reached_is_a_warning(service: Service) -> None:
    health = service.get("/health")
    log = service.log.read_text()

    assert (health["scheduler_running"], health["database"]) == (True, "ok")
    assert (service.folder / "tasks.db").is_file()
    assert "REDIS_URL cannot be reached" in log
    assert "SECRET_KEY is the example's text" in log
    assert "listens on 0.0.0.0 without TASKS_API_KEY" in log
    assert "Traceback" not in log


def test_both_requests_create_their_jobs(service: Service) -> None:
    import_users, collect = create(service, USER_IMPORT), create(service, METRICS)

    assert (import_users.status_code, import_users.json()["job_id"]) == (201, "daily_user_sync")
    assert import_users.json()["parameters"]["user_types"] == ["member", "admin"]
    assert collect.status_code == 201
    assert collect.json()["parameters"]["metric_types"] == ["usage", "performance", "errors"]
    assert service.get(collect.headers["Location"])["next_run_time"]


def test_a_job_is_paused_resumed_changed_and_deleted_as_described(service: Service) -> None:
    assert create(service, json.dumps(json.loads(USER_IMPORT) | {"job_id": "other_sync"})).status_code == 201

    service.post("/api/jobs/other_sync/pause")
    paused = service.get("/api/jobs/other_sync")["activity"]
    service.post("/api/jobs/other_sync/resume")
    resumed = service.get("/api/jobs/other_sync")["activity"]
    daily = {"schedule": {"trigger": "cron", "hour": 4, "minute": 30}}
    changed = service.ask("PUT", "/api/jobs/other_sync", json=daily)
    deleted = service.ask("DELETE", "/api/jobs/other_sync")

    assert (paused, resumed) == ("Paused", "Active")
    assert (changed.status_code, changed.json()["schedule"]["hour"]) == (200, 4)
    assert changed.json()["parameters"]["user_types"] == ["member", "admin"]
    assert deleted.status_code in (200, 204)
    assert service.job("other_sync") is None


def test_a_bot_that_cannot_be_reached_fails_its_runs_and_nothing_else(service: Service) -> None:
    one_source = json.loads(METRICS) | {"parameters": {"metric_types": "usage"}}  # each source is tried for 8 s
    job_id = create(service, json.dumps(one_source)).json()["job_id"]

    run = service.run_to_end(job_id)

    assert run["state"] == "failed"
    assert "localhost" in json.dumps(run["error"])
    assert service.ask("GET", "/health").status_code == 200


def test_the_job_class_is_known_to_the_api_with_its_parameters(service: Service) -> None:
    [kind] = [kind for kind in service.get("/api/job-types")["items"] if kind["job_type"] == "custom_job"]

    assert (kind["name"], kind["description"]) == ("Custom Job", "Description of what this job does")
    assert (kind["required_params"], kind["optional_params"]) == (["required_param"], ["optional_param"])


def test_the_job_class_is_validated_and_runs(service: Service) -> None:
    refused = create(service, json.dumps(CUSTOM | {"parameters": {}}))
    accepted = create(service, json.dumps(CUSTOM))

    assert (refused.status_code, "required_param" in refused.text) == (422, True)
    assert accepted.status_code == 201
    run = service.run_to_end("custom")
    assert (run["state"], run["result"]) == ("succeeded", {"status": "completed"})


def test_a_file_of_the_job_class_is_checked_and_goes_live(service: Service) -> None:
    service.write("custom.yaml", json.dumps(CUSTOM | {"job_id": "from_file"}))

    live: dict[str, Any] = service.wait_for_job("from_file", sync="Synced")
    service.write("custom.yaml", json.dumps(CUSTOM | {"job_id": "from_file", "parameters": {}}))
    wait_for("the mistake in the file", lambda: service.get("/api/jobs/from_file")["sync"] == "Invalid")

    assert live["job_type"] == "custom_job"


def test_the_job_class_is_in_the_schemas(service: Service, tmp_path: Path) -> None:
    done = service.tasks("schema", "--dir", str(tmp_path))

    assert done.returncode == 0, done.stderr
    schema = json.loads((tmp_path / "custom_job.schema.json").read_text())
    assert "required_param" in json.dumps(schema)
    assert "custom_job" in (tmp_path / "job.schema.json").read_text()
