"""The service under another ASGI server: uvicorn with several workers, each of which is a replica."""

import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from databases import migrated
from running import Service, command_job, wait_for

pytestmark = pytest.mark.fault


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_several_workers_of_uvicorn_are_replicas_of_which_one_leads(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/t.db" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    service = Service(tmp_path, {"DATABASE_URL": migrated(url)})
    service.write("often.yaml", command_job("often", "true", schedule="{trigger: interval, seconds: 1}"))
    command = [sys.executable, "-m", "uvicorn", "--factory", "tasks_service.app.asgi:application"]
    command += ["--workers", "2", "--host", "127.0.0.1", "--port", str(service.port)]
    with (tmp_path / "uvicorn.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=tmp_path, env=service.environment, stdout=log, stderr=log)
    try:
        info = wait_for("two members and a leader", lambda: _whole(service), 60)
        assert len({member["pid"] for member in info["members"]}) == 2
        assert info["leader"]["pid"] in {member["pid"] for member in info["members"]}
        runs = wait_for("three runs", lambda: _ended(service, 3), 30)
        assert len({run["due_at"] for run in runs}) == len(runs), "nothing runs twice"
        assert service.run_to_end("often")["state"] == "succeeded"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _whole(service: Service) -> dict[str, object] | None:
    try:
        info: dict[str, object] = httpx.get(f"{service.url}/api/scheduler/info", timeout=5).json()
    except httpx.TransportError:
        return None
    whole = info["leader"] and len(info["members"]) == 2 and info["jobs_count"]  # type: ignore[arg-type]
    return info if whole else None


def _ended(service: Service, least: int) -> list[dict[str, str]] | None:
    runs = [run for run in service.get("/api/jobs/often/runs?limit=100")["items"] if run["trigger"] == "schedule"]
    return runs if len([run for run in runs if run["state"] == "succeeded"]) >= least else None


def test_wrong_settings_end_the_start_with_a_sentence(tmp_path: Path) -> None:
    service = Service(tmp_path, {"TASKS_MAX_RUNS": "many"})
    command = [sys.executable, "-c", "from tasks_service.app.asgi import application; application()"]
    ended = subprocess.run(command, cwd=tmp_path, env=service.environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert ended.stderr.startswith("TASKS_MAX_RUNS: 'many' cannot be used")
    assert "Traceback" not in ended.stderr
