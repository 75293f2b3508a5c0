"""The wheel alone, in an empty environment and an empty folder, serves, checks and describes without the checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from running import ROOT, Service, command_job

pytest.importorskip("hatchling", reason="hatchling builds the wheel: pip install hatchling")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the image builds it."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command ``tasks`` of an environment that holds the wheel and borrows its dependencies from this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    python = str(folder / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--python", python, "install"]
    uv = [shutil.which("uv") or "uv", "pip", "install", "--python", python]
    install = [*(pip if find_spec("pip") else uv), "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = folder / "lib" / version / "site-packages"
    (site / "borrowed.pth").write_text("\n".join({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}))
    return folder / "bin" / "tasks"


@pytest.fixture(scope="module")
def service(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The wheel's service in a folder that holds nothing."""
    running = Service(tmp_path_factory.mktemp("empty"), {"PYTHONPATH": ""}, command=[str(program)])
    try:
        yield running.start()
    finally:
        assert running.stop() == 0


def tasks(program: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"]}
    return subprocess.run([program, *arguments], cwd=cwd, env=env, capture_output=True, text=True, timeout=60)


def test_the_wheel_holds_pages_schemas_samples_and_migrations_and_nothing_of_the_workshop(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    folders = {str(Path(name).parent) for name in names}

    assert {"tasks_service/_manifests", "tasks_service/_web/templates"} <= folders
    assert any(folder.endswith(".data/data/share/insightmesh-tasks/schemas") for folder in folders)
    assert any(name.startswith("tasks_service/adapters/sql/migrations/versions/r0001") for name in names)
    assert {name.split("/")[0] for name in names if "dist-info" not in name and ".data/" not in name} == {
        "tasks_service"
    }
    assert not any("node_modules" in name or name.endswith("vendor.py") for name in names)


def test_the_schemas_that_the_wheel_writes_are_the_committed_ones(program: Path, tmp_path: Path) -> None:
    done = tasks(program, "schema", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    written = {path.name: path.read_text() for path in (tmp_path / "schemas").iterdir()}
    assert written == {path.name: path.read_text() for path in (ROOT / "schemas").iterdir()}


def test_the_schemas_of_the_environment_are_the_committed_ones(program: Path) -> None:
    """Where docs/installation.md tells editors to look."""
    installed = program.parents[1] / "share" / "insightmesh-tasks" / "schemas"

    assert {path.name: path.read_text() for path in installed.iterdir()} == {
        path.name: path.read_text() for path in (ROOT / "schemas").iterdir()
    }


def test_the_wheel_begins_a_folder_with_valid_samples(program: Path, tmp_path: Path) -> None:
    begun, valid = tasks(program, "init", cwd=tmp_path), tasks(program, "validate", cwd=tmp_path)

    assert (begun.returncode, begun.stderr) == (0, "")
    assert (valid.returncode, valid.stderr) == (0, "")
    assert f"{len(list((ROOT / 'manifests').iterdir()))} valid manifests" in valid.stdout


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/tasks",
        "/docs",
        "/static/pages.css",
        "/static/vendor/htmx/htmx.min.js",
        "/api/job-types",
        "/openapi.json",
        "/schemas/job.schema.json",
    ],
)
def test_the_wheel_serves_its_pages(service: Service, path: str) -> None:
    assert service.ask("GET", path).status_code == 200


def test_a_run_of_the_wheel_succeeds(service: Service) -> None:
    service.write("hello.yaml", command_job("hello", "echo", "hello"))
    service.wait_for_job("hello", sync="Synced")

    assert service.run_to_end("hello")["state"] == "succeeded"
