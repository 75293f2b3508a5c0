"""The units under a real systemd, which is the first process of a scratch machine."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from document_blocks import Shown, shown_by
from needs import leave_out
from running import ROOT, wait_for
from scratch_image import Image
from scratch_machine import Machine, Running, control_group, network

pytestmark = [pytest.mark.image, pytest.mark.timeout(900)]
SYSTEMD = "/lib/systemd/systemd"
TARGET = "[Unit]\nDescription=Nothing but what is asked for\nDefaultDependencies=no\n"
UNIT = "tasks-service"


class System:
    """A booted system."""

    def __init__(self, machine: Machine, booted: Running) -> None:
        self._layer = machine.layer
        self._booted = booted

    def run(self, *argv: str) -> str:
        """A command as root."""
        done = self._booted.run(argv)
        assert done.returncode == 0, f"{argv}\n{done.stdout}\n{done.stderr}\n{self._journal()}"
        return done.stdout

    def _journal(self) -> str:
        status = self._booted.run(["systemctl", "status", "--no-pager", "--full", UNIT]).stdout
        return f"{status}\n{self._booted.log.read_text()[-3000:]}"

    def shows(self, name: str) -> str:
        """One property of the unit."""
        return self.run("systemctl", "show", "--value", "--property", name, UNIT).strip()

    def wait_until(self, name: str, wanted: str, seconds: float = 60) -> None:
        """Until the property has that value."""
        wait_for(f"{name}={wanted}", lambda: self.shows(name) == wanted, seconds)

    def write(self, path: str, text: str) -> None:
        """A file of the system."""
        self.run("sh", "-c", 'mkdir -p "$(dirname "$0")" && printf %s "$1" > "$0"', path, text)

    def set_up(self, lines: str, environment: str = "") -> None:
        """A drop-in and the file of settings, in force from the next start on."""
        self.write(f"/etc/systemd/system/{UNIT}.service.d/test.conf", f"[Service]\n{lines}\n")
        self.write("/etc/tasks-service.env", environment)
        self.run("systemctl", "daemon-reload")

    def ask(self, method: str, path: str) -> Any:
        """A request from inside the system."""
        return json.loads(self.run("curl", "--silent", "--fail", "-X", method, f"http://127.0.0.1:5001{path}"))

    def run_job(self, job_id: str) -> dict[str, Any]:
        """Run a job to its end."""
        run_id = self.ask("POST", f"/api/jobs/{job_id}/run")["id"]

        def probe() -> dict[str, Any] | None:
            run: dict[str, Any] = self.ask("GET", f"/api/runs/{run_id}")
            return run if run["state"] not in ("queued", "running") else None

        return wait_for("end of the run", probe, 60)


@pytest.fixture(scope="module")
def system(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The service as docs/installation.md installs it; what ``make install`` makes is what the image holds."""
    if not Path(SYSTEMD).exists() or not shutil.which("curl"):
        leave_out("systemd or curl is not installed", "REQUIRE_IMAGE")
    machine = Machine(tmp_path_factory.mktemp("system") / "m", image.last.machine)
    for unit in (ROOT / "deploy").glob("*.service"):
        place = machine.layer / "opt/tasks/deploy" / unit.name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(unit, place)
    target = machine.layer / "etc/systemd/system/scratch.target"
    target.parent.mkdir(parents=True)
    target.write_text(TARGET)
    name = f"tasks-units-{os.getpid()}"
    boot = [SYSTEMD, "--system", "--unit=scratch.target", "--log-target=console", "--show-status=no"]
    env = {"container": "scratch", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    with control_group(name) as group, network(name, "198.51.100.8") as net:
        log = machine.layer.parent / "log"
        with machine.running(boot, log, env=env, cgroup=group, network=net) as booted:
            it = System(machine, booted)
            wait_for("systemd", lambda: booted.run(["systemctl", "is-active", "scratch.target"]).returncode == 0)
            it.run("ln", "-s", ".", "/opt/tasks/.venv")
            it.run("cp", "-r", "/manifests", "/opt/tasks/manifests")
            [documented] = shown_by(Shown.UNIT)
            for command in documented.commands:
                if command != "make -C /opt/tasks install":
                    it.run(*command.split())
            yield it


def test_it_is_active_once_it_has_synced_and_says_so(system: System) -> None:
    assert (system.shows("ActiveState"), system.shows("StatusText")) == ("active", "Leads")
    assert system.ask("GET", "/api/jobs")["total"] == len(list((ROOT / "manifests").iterdir()))
    assert system.shows("UID") != "0"


@pytest.mark.parametrize("job_id", ["prune_scratch", "service_metrics", "service_health"])
def test_runs_succeed_within_what_the_unit_allows(system: System, job_id: str) -> None:
    run = system.run_job(job_id)

    assert run["state"] == "succeeded", run


def test_who_stands_still_is_ended_and_started_again(system: System) -> None:
    system.set_up("WatchdogSec=3\nTimeoutAbortSec=1")
    system.run("systemctl", "restart", UNIT)
    restarts = int(system.shows("NRestarts"))

    system.run("kill", "-STOP", system.shows("MainPID"))

    system.wait_until("NRestarts", str(restarts + 1))
    system.wait_until("ActiveState", "active")


def test_a_service_that_follows_its_watch_is_left_alone(system: System) -> None:
    system.set_up("WatchdogSec=1500ms")
    system.run("systemctl", "restart", UNIT)
    before = (system.shows("NRestarts"), system.shows("MainPID"))

    system.run("sleep", "6")

    assert (system.shows("NRestarts"), system.shows("MainPID")) == before


def test_it_is_started_again_however_often_it_cannot_start(system: System) -> None:
    """systemd's own limit is five starts in ten seconds."""
    system.run("systemctl", "stop", UNIT)
    system.set_up("RestartSec=10ms\nExecStart=\nExecStart=/bin/false")
    system.run("systemctl", "start", "--no-block", UNIT)

    wait_for("nine starts", lambda: int(system.shows("NRestarts")) >= 9, 20)
    assert system.shows("ActiveState") == "activating"


def test_a_database_that_comes_late_is_waited_for(system: System) -> None:
    system.set_up("RestartSec=100ms", "DATABASE_URL=postgresql://user:pass@127.0.0.1:9/tasks\n")
    restarts = int(system.shows("NRestarts"))
    wait_for("a start without a database", lambda: int(system.shows("NRestarts")) > restarts, 60)
    assert system.shows("ActiveState") == "activating"

    system.write("/etc/tasks-service.env", "")
    system.wait_until("ActiveState", "active")


def test_a_stop_is_a_success(system: System) -> None:
    system.run("systemctl", "stop", UNIT)

    assert (system.shows("ActiveState"), system.shows("Result")) == ("inactive", "success")
