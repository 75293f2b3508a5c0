"""A real service in a process of its own, for tests that look at it from outside."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil
from places import place_of

ROOT = Path(__file__).resolve().parents[1]
T = TypeVar("T")


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: str, probe: Callable[[], T | None], seconds: float = 20.0) -> T:
    """Ask again until the answer is true; fail with the name of what was waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := probe():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds:g} s")


class Service:
    """One installation: a folder with manifests and a database, and the process that serves it."""

    def __init__(
        self,
        folder: Path,
        env: Mapping[str, str] | None = None,
        code: Path = ROOT,
        command: Sequence[str] = (sys.executable, "-m", "tasks_service"),
    ) -> None:
        self.command = tuple(command)
        self.folder = folder
        self.manifests = folder / "manifests"
        self.manifests.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.code = code
        self.log = folder / "service.log"
        self.process: subprocess.Popen[bytes] | None = None
        key = (env or {}).get("TASKS_API_KEY")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": str(code),
            "TASKS_PORT": str(self.port),
            "TASKS_SYNC_INTERVAL": "2s",
            "DATABASE_URL": (env or {}).get("DATABASE_URL") or place_of(folder),
            "TASKS_DRAIN_SECONDS": "1",
            "TASKS_LOAD_RUNS": "1000000",  # tests speed jobs up on purpose
            "TASKS_SANDBOX_WRITE": "/tmp",  # where jobs of tests leave their traces
            **(env or {}),
        }

    def write(self, name: str, text: str) -> Path:
        """Put a manifest in place."""
        path = self.manifests / name
        path.write_text(text)
        return path

    def start(self) -> "Service":
        """Serve, and wait until it is healthy and has synced."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.command, "serve"],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(f"health of the service; its log:\n{self.log.read_text()[-3000:]}", self._ready, 40)
        return self

    def tasks(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command line of this installation, beside the service."""
        command = [*self.command, *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60
        )

    def kill(self) -> None:
        """``kill -9``."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)
        self.process = None

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(30)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait(10)
        self.process = None
        return code

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def children(self, name: str) -> list[int]:
        """The processes of that name below the service."""
        return [p.pid for p in psutil.Process(self.pid).children(recursive=True) if p.name() == name]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """One request."""
        headers = self._headers | kwargs.pop("headers", {})
        return httpx.request(method, f"{self.url}{path}", timeout=20, headers=headers, **kwargs)

    def get(self, path: str) -> Any:
        """The JSON behind a path that must answer 200."""
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, expect: int = 200) -> Any:
        """POST JSON, or nothing."""
        answer = self.ask("POST", path, **({} if body is None else {"json": body}))
        assert answer.status_code == expect, answer.text
        return answer.json()

    def job(self, job_id: str) -> dict[str, Any] | None:
        """A job, or None where there is none."""
        answer = self.ask("GET", f"/api/jobs/{job_id}")
        return answer.json() if answer.status_code == 200 else None

    def wait_for_job(self, job_id: str, **wanted: Any) -> dict[str, Any]:
        """Wait until a job is there and shows these values."""

        def probe() -> dict[str, Any] | None:
            job = self.job(job_id)
            return job if job and all(job.get(key) == value for key, value in wanted.items()) else None

        return wait_for(f"job {job_id} with {wanted}, not {self.job(job_id)}", probe)

    def run_to_end(self, job_id: str, seconds: float = 60.0) -> dict[str, Any]:
        """Run a job now and wait for the end."""
        run_id = self.post(f"/api/jobs/{job_id}/run", expect=202)["id"]
        return self.wait_for_run(run_id, seconds)

    def wait_for_run(self, run_id: str, seconds: float = 60.0) -> dict[str, Any]:
        """Wait for the end of a run."""

        def probe() -> dict[str, Any] | None:
            run: dict[str, Any] = self.get(f"/api/runs/{run_id}")
            return run if run["state"] not in ("queued", "running") else None

        return wait_for(f"end of run {run_id}", probe, seconds)

    def _ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        try:
            answer = httpx.get(f"{self.url}/health", timeout=5)
            return answer.status_code == 200 and bool(self.get("/api/sync").get("last"))
        except httpx.TransportError:
            return False


@contextmanager
def serving(folder: Path, manifests: Mapping[str, str], **env: str) -> Iterator[Service]:
    """A started service with these manifests, stopped at the end."""
    service = Service(folder, env)
    for name, text in manifests.items():
        service.write(name, text)
    try:
        yield service.start()
    finally:
        service.stop()


NIGHT = (datetime.now(UTC).hour + 12) % 24
"""An hour at which no test looks: half a day from now."""
NIGHTLY = f'{{trigger: cron, expression: "0 {NIGHT} * * *"}}'


def command_job(job_id: str, *argv: str, schedule: str = NIGHTLY, **keys: Any) -> str:
    """A manifest of a command."""
    lines = [f"job_id: {job_id}", "job_type: command", f"schedule: {schedule}"]
    lines.append(f"parameters: {json.dumps({'argv': list(argv)})}")
    return "\n".join(lines + [f"{key}: {json.dumps(value)}" for key, value in keys.items()]) + "\n"
