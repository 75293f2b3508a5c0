"""Import 1,200 members from a stand-in Slack into a fresh service, and show them: ``python -m deploy.demo``."""

import argparse
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
JOB = "demo_user_import"
MANIFEST = f"""\
job_id: {JOB}
job_type: slack_user_import
description: Copies the members of the stand-in Slack.
schedule:
  trigger: cron
  expression: "0 2 * * *"
parameters:
  user_types: [member, admin, owner, bot]
  include_deactivated: true
"""
OURS = ("TASKS_", "SLACK_", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "EXECUTOR", "FLASK_ENV", "LOG_")
"""Beginnings of the names of variables that would make it another service than the demonstration means."""


class DemoFailed(Exception):
    """Something did not happen in time, or not as it should."""


def main() -> None:
    """Run the demonstration until Ctrl-C, or once."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="the service's port; 0 takes any free one")
    parser.add_argument("--once", action="store_true", help="end after the import instead of waiting for Ctrl-C")
    parser.add_argument("--seconds", type=float, default=60.0, help="the longest wait for each step")
    given = parser.parse_args()
    try:
        with TemporaryDirectory(prefix="tasks-demo-") as folder:
            show(Path(folder), given.port or free_port(), once=given.once, seconds=given.seconds)
    except DemoFailed as error:
        sys.exit(f"The demonstration failed: {error}")
    except KeyboardInterrupt:
        say("Stopped. Nothing is left behind.")


def show(folder: Path, port: int, *, once: bool, seconds: float) -> None:
    """Start both processes, import, and tell what came of it."""
    (folder / "manifests").mkdir()
    (folder / "manifests" / "import.yaml").write_text(MANIFEST)
    with (
        stand_in_slack() as slack,
        service(folder, port, slack),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as api,
    ):
        say(f"A stand-in Slack with 1,200 members answers at {slack}")
        wait(seconds, "the service is healthy", lambda: ready(api))
        wait(seconds, f"the job {JOB} is there", lambda: api.get(f"/api/jobs/{JOB}").status_code == 200)
        say(f"The service runs at {api.base_url}, with the job {JOB} from a YAML file. Running it now …")
        run = finished_run(api, seconds)
        if run["state"] != "succeeded":
            raise DemoFailed(f"the import {run['state']}: {(run.get('error') or {}).get('message', 'no reason given')}")
        result = run["result"]
        stored = api.get("/api/users", params={"limit": 1}).raise_for_status().json()["total"]
        say(
            f"Imported {result['users_selected']} of {result['users_seen']} members in {result['batches']} batches "
            f"and {result['duration_seconds']:.1f} s; Slack asked to wait {result['slack_rate_limited']} time(s).\n"
            f"Users stored: {stored}\n"
            f"See them at {api.base_url}/users and the run at {api.base_url}/runs/{run['id']}"
        )
        if not once:
            say("Ctrl-C ends both.")
            while True:
                time.sleep(3600)


def finished_run(api: httpx.Client, seconds: float) -> dict[str, Any]:
    """Ask for a run and wait for its end."""
    asked = api.post(f"/api/jobs/{JOB}/run", json={"reason": "make demo"}).raise_for_status().json()
    path = f"/api/runs/{asked['id']}"
    wait(seconds, "the run has ended", lambda: api.get(path).json().get("finished_at"))
    ended: dict[str, Any] = api.get(path).json()
    return ended


def ready(api: httpx.Client) -> bool:
    """Whether the service answers that it is healthy."""
    try:
        return api.get("/health").status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def stand_in_slack() -> Iterator[str]:
    """The stand-in in a process of its own; yields its address."""
    command = [sys.executable, "-m", "deploy.demo.slack_stand_in"]
    with ended(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)) as process:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise DemoFailed("the stand-in for Slack did not start")
        yield line.strip()


@contextmanager
def service(folder: Path, port: int, slack: str) -> Iterator[None]:
    """The service in a process of its own, with its own database and manifests."""
    env = service_env(os.environ, folder, port, slack)
    log = folder / "service.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "tasks_service", "serve"], cwd=folder, env=env, stdout=sink, stderr=sink
        )
    with ended(process):
        try:
            yield
        except DemoFailed as error:
            end = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
            raise DemoFailed(f"{error}\nThe end of the service's log:\n{end}") from None


def service_env(around: Mapping[str, str], folder: Path, port: int, slack: str) -> dict[str, str]:
    """The environment of the service: what is around us, but nothing that would lead it elsewhere."""
    return {
        **{name: value for name, value in around.items() if not name.startswith(OURS)},
        "PYTHONPATH": str(ROOT),
        "TASKS_HOST": "127.0.0.1",
        "TASKS_PORT": str(port),
        "TASKS_MANIFESTS": str(folder / "manifests"),
        "DATABASE_URL": f"sqlite:///{folder}/demo.db",
        "SLACK_BOT_TOKEN": "xoxb-demo",
        "SLACK_API_BASE_URL": slack,
    }


@contextmanager
def ended(process: "subprocess.Popen[Any]") -> Iterator["subprocess.Popen[Any]"]:
    """See to it that a process has ended when we leave."""
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def wait(seconds: float, what: str, probe: Any) -> None:
    """Ask again until it is so."""
    deadline = time.monotonic() + seconds
    while not probe():
        if time.monotonic() > deadline:
            raise DemoFailed(f"waited {seconds:g} s in vain until {what}")
        time.sleep(0.1)


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, flush=True)  # noqa: T201 - it is what the demonstration is for


if __name__ == "__main__":
    main()
