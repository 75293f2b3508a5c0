"""The page on job types, from the first command to a run that succeeds, in the order of the page."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from importlib.util import find_spec
from pathlib import Path

import pytest
from document_blocks import Block, Shown, shown_by
from running import ROOT, Service

BLOCKS = shown_by(Shown.NEW_TYPE)
BEGIN, BEGIN_IN_CHECKOUT, TEST, IN_A_TEST, USE, SERVE, RUN = range(7)
CHECKOUT = ["tasks_service", "web", "docs", "schemas", "manifests", "tests", "pyproject.toml"]
WRITTEN = ["tasks_service/jobs/word_count.py", "tests/jobs/test_word_count.py"]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``python``, ``pip`` and ``tasks`` of an environment with the service, which borrows the packages of this one.

    Its pip installs what it is told, and asks no index for what is there already.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    python = folder / "bin/python"
    site = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), str(ROOT)}
    (site / "borrowed.pth").write_text("\n".join(borrowed))
    pip = f"{sys.executable} -m pip --python {python}" if find_spec("pip") else f"{shutil.which('uv') or 'uv'} pip"
    where = "" if find_spec("pip") else f"--python {python} --offline "
    offline = f"{where}--quiet --no-index --no-deps --no-build-isolation"
    for name, line in {"pip": f'{pip} "$1" {offline} "${{@:2}}"', "tasks": f'{python} -m tasks_service "$@"'}.items():
        (folder / "bin" / name).write_text(f"#!/bin/bash\nexec {line}\n")
        (folder / "bin" / name).chmod(0o755)
    return folder / "bin"


def carry_out(block: Block, folder: Path, path: str, **env: str) -> str:
    """A block as people would paste it; what it printed."""
    told = {"PATH": path, "HOME": str(folder), "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1", **env}
    command = ["python", "-c", block.text] if block.language == "python" else ["bash", "-euc", block.text]
    program = shutil.which(command[0], path=path)
    assert program
    done = subprocess.run([program, *command[1:]], cwd=folder, env=told, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, f"{block.text}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def test_a_job_type_gets_from_nothing_to_a_run_as_the_page_says(programs: Path, tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="hatchling builds the package: pip install hatchling")
    path = f"{programs}:{os.environ['PATH']}"
    begun = carry_out(BLOCKS[BEGIN], tmp_path, path)
    tested = carry_out(BLOCKS[TEST], tmp_path, path)
    carry_out(BLOCKS[IN_A_TEST], tmp_path, path)
    used = carry_out(BLOCKS[USE], tmp_path, path)

    assert f"pip {BLOCKS[BEGIN].commands[1].removeprefix('pip ')}" in begun
    assert {"word_count.py", "test_word_count.py", "pyproject.toml"} <= {p.name for p in (tmp_path / "words").iterdir()}
    assert "3 passed" in tested
    assert "1 valid manifest in 1 file; no problems" in used
    assert "The text whose words are counted." in (tmp_path / "schemas/word_count.schema.json").read_text()

    assert BLOCKS[SERVE].commands == ["tasks serve"]
    service = Service(tmp_path, {"PATH": path, "PYTHONPATH": ""}, command=[str(programs / "tasks")])
    try:
        service.start()
        service.wait_for_job("words", sync="Synced")
        shown = carry_out(BLOCKS[RUN], tmp_path, path, TASKS_PORT=str(service.port))
        [run] = service.get("/api/jobs/words/runs")["items"]
    finally:
        service.stop()
    assert "counting 3 words" in shown
    assert (run["state"], run["result"]) == ("succeeded", {"words": 3})


def test_in_a_checkout_the_type_is_one_of_those_that_come_with_it(tmp_path: Path) -> None:
    for name in CHECKOUT:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{tmp_path}:{tmp_path}/tests", "PYTHONDONTWRITEBYTECODE": "1"}
    python = [sys.executable, "-P", "-m"]
    assert BLOCKS[BEGIN_IN_CHECKOUT].commands == ["tasks new-type word_count", "make schemas"]
    steps = [
        ["tasks_service", "new-type", "word_count"],
        ["tasks_service", "schema"],
        ["docs.tables"],
        ["pytest", "-q", "-p", "no:cacheprovider", WRITTEN[1]],
        ["ruff", "check", "--no-cache", *WRITTEN],
        ["ruff", "format", "--no-cache", "--check", *WRITTEN],
    ]

    for step in steps:
        done = subprocess.run([*python, *step], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, f"{step}\n{done.stdout}{done.stderr}"

    assert (tmp_path / "schemas/word_count.schema.json").exists()
    assert "## `word_count`" in (tmp_path / "docs/job-types.md").read_text()
