"""``tasks run``: a job on a running service."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import ROOT, Service, command_job, free_port, serving


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    jobs = {"hello.yaml": command_job("hello", "echo", "hello there"), "bad.yaml": command_job("bad", "false")}
    with serving(tmp_path_factory.mktemp("run"), jobs) as running:
        yield running


def run(port: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TASKS_PORT": str(port), "USER": "ann"}
    command = [sys.executable, "-m", "tasks_service", "run", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd="/", timeout=60, check=False)


def test_a_run_is_followed_and_its_success_is_exit_code_0(service: Service) -> None:
    done = run(service.port, "hello", "--reason", "to see it")

    assert (done.returncode, done.stdout) == (0, "hello there\n")
    [newest] = service.get("/api/jobs/hello/runs?limit=1")["items"]
    assert newest["trigger"] == "manual"


def test_a_failed_run_is_exit_code_1_with_its_reason(service: Service) -> None:
    done = run(service.port, "bad")

    assert done.returncode == 1
    assert "exit code 1" in done.stderr


def test_machines_read_the_run_as_json_and_github_an_annotation(service: Service) -> None:
    told = json.loads(run(service.port, "hello", "-o", "json").stdout)
    annotated = run(service.port, "bad", "-o", "github")

    assert (told["job_id"], told["state"]) == ("hello", "succeeded")
    assert (annotated.returncode, annotated.stdout.startswith("::error title=bad::failed")) == (1, True)


def test_an_unknown_job_is_exit_code_2_with_a_suggestion(service: Service) -> None:
    done = run(service.port, "helo")

    assert done.returncode == 2
    assert "did you mean 'hello'" in done.stderr


def test_a_service_that_is_not_there_is_exit_code_2_and_says_what_to_do(tmp_path: Path) -> None:
    done = run(free_port(), "hello")

    assert done.returncode == 2
    assert "tasks serve" in done.stderr
    assert "Traceback" not in done.stderr
