"""``tasks serve``: what stops it says so in a sentence, and in development it follows the code."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from running import ROOT, Service, command_job, free_port, serving, wait_for


def refused(folder: Path, **env: str) -> str:
    """The words of a service that does not start."""
    around = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TASKS_PORT": str(free_port())}
    command = [sys.executable, "-m", "tasks_service", "serve"]
    done = subprocess.run(command, cwd=folder, env=around | env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_port_in_use_is_named_before_anything_is_opened(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        words = refused(folder, TASKS_PORT=str(port))

    assert words.startswith(f"tasks: cannot listen on 127.0.0.1 port {port}: Address already in use\n")
    assert "is the service running already?" in words
    assert not (folder / "tasks.db").exists()


def test_an_address_that_is_not_ours_is_named(folder: Path) -> None:
    words = refused(folder, TASKS_HOST="192.0.2.1")

    assert words.startswith("tasks: cannot listen on 192.0.2.1 port ")
    assert "is the service running already?" not in words


def test_a_data_folder_that_cannot_be_written_is_named(folder: Path) -> None:
    (folder / "file").write_text("")

    assert refused(folder, TASKS_DATA_DIR="file/data").startswith("tasks: TASKS_DATA_DIR: file/data cannot be written")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://root@localhost/tasks", "DATABASE_URL: its value cannot be used"),
        ("sqlite:///missing/tasks.db", "sqlite+pysqlite:///missing/tasks.db"),
        ("sqlite:///garbage.db", "file is not a database"),
        ("postgresql://ann:hunter22@127.0.0.1:9/tasks", "Connection refused"),
    ],
)
def test_a_database_that_does_not_open_is_named_without_its_password(folder: Path, url: str, words: str) -> None:
    (folder / "garbage.db").write_text("this is no database, and it is long enough to be looked at" * 20)

    said = refused(folder, DATABASE_URL=url)

    assert words in said
    assert "DATABASE_URL" in said
    assert "hunter22" not in said


def test_in_development_a_change_of_the_code_is_live_at_once(tmp_path: Path) -> None:
    code = tmp_path / "code"
    for part in ("tasks_service", "web"):
        shutil.copytree(ROOT / part, code / part, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    service = Service(tmp_path / "here", {"TASKS_ENV": "development", "LOG_LEVEL": "INFO"}, code)
    try:
        service.start()
        (code / "tasks_service" / "__init__.py").write_text('"""Changed."""\n\n__version__ = "9.9.9"\n')
        wait_for("the new version", lambda: version(service) == "9.9.9", 40)
    finally:
        assert service.stop() == 0
    assert "__init__.py has changed: starting anew" in service.log.read_text()


def version(service: Service) -> str:
    """What the service says it is; nothing while it starts."""
    try:
        return str(service.ask("GET", "/health").json()["version"])
    except httpx.TransportError:
        return ""


def test_every_line_of_a_log_in_json_can_be_read_by_a_machine(folder: Path) -> None:
    with serving(folder, {"hello.yaml": command_job("hello", "true")}, LOG_FORMAT="json") as service:
        run = service.run_to_end("hello")
        service.ask("GET", "/api/jobs/nobody", headers={"X-Request-ID": "r-4711"})

    lines = [json.loads(line) for line in service.log.read_text().splitlines()]

    started, finished = (line for line in lines if line.get("run") == run["id"])
    assert (started["event"], started["job"], started["attempt"]) == ("run.started", "hello", 1)
    assert (finished["event"], finished["state"], finished["attempt"]) == ("run.finished", "succeeded", 1)
    assert finished["seconds"] > 0
    assert finished["peak_memory_bytes"] > 0
    (asked,) = (line for line in lines if line.get("request") == "r-4711")
    assert (asked["event"], asked["path"], asked["status"]) == ("http.request", "/api/jobs/nobody", 404)
    assert "/health" not in {line.get("path") for line in lines}
    assert {"leader.elected", "sync.applied"} <= {line["event"] for line in lines}
