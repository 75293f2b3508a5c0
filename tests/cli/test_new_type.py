"""``tasks new-type``: a job type that works as it stands, from the command to a run of the service."""

import subprocess
import sys
from pathlib import Path

import pytest
from command_line import tasks
from running import ROOT, Service

from tasks_service.core.job_type_scaffold import module_text, name_trouble


def test_a_package_of_its_own_has_a_test_that_passes(tmp_path: Path) -> None:
    written = tasks("new-type", "word_count", "--package", "words", cwd=tmp_path)
    assert (written.exit_code, written.stdout) == (0, "")
    assert "pip install --editable words" in written.stderr
    folder = tmp_path / "words"
    assert sorted(path.name for path in folder.iterdir()) == ["pyproject.toml", "test_word_count.py", "word_count.py"]

    checked = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{folder}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=folder,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "2 passed" in checked.stdout


def test_the_service_validates_schedules_and_runs_it(tmp_path: Path) -> None:
    """The folder stands in for an installation by pip: modules and the entry point in its metadata are on the path."""
    tasks("new-type", "word_count", "--package", "words", cwd=tmp_path)
    folder = tmp_path / "words"
    metadata = folder / "word_count-0.1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: word-count\nVersion: 0.1.0\n")
    (metadata / "entry_points.txt").write_text("[tasks_service.job_types]\nword_count = word_count:WordCount\n")
    service = Service(tmp_path / "service", {"PYTHONPATH": f"{ROOT}:{folder}"})
    made = service.tasks("new", "word_count", "--file", "manifests/words.yaml")
    assert made.returncode == 0, made.stderr
    assert "text" in (service.manifests / "words.yaml").read_text()
    assert service.tasks("validate").returncode == 0
    try:
        service.start()
        ended = service.run_to_end("words")
    finally:
        service.stop()
    assert (ended["state"], ended["result"]) == ("succeeded", {"words": 3})
    assert ended["progress"]["done"] == 3


def test_a_name_that_cannot_be_one_is_refused_with_what_it_is_made_of(tmp_path: Path) -> None:
    refused = tasks("new-type", "Nightly-Report", "--package", "x", cwd=tmp_path)
    assert refused.exit_code == 2
    assert "'Nightly-Report' is no name for a job type" in refused.stderr
    assert "lower-case letters" in refused.stderr
    assert name_trouble("class") == "'class' is a word of Python's own"


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    refused = tasks("new-type", "command", "--package", "x", cwd=tmp_path)
    assert refused.exit_code == 2
    assert "the name 'command' is taken by tasks_service.jobs.command" in refused.stderr


def test_a_folder_that_is_no_checkout_is_told_of_packages(tmp_path: Path) -> None:
    refused = tasks("new-type", "word_count", cwd=tmp_path)
    assert refused.exit_code == 2
    assert "tasks new-type word_count --package word_count" in refused.stderr


def test_files_that_are_there_are_never_touched(tmp_path: Path) -> None:
    tasks("new-type", "word_count", "--package", "words", cwd=tmp_path)
    file = tmp_path / "words" / "word_count.py"
    file.write_text("mine")
    again = tasks("new-type", "word_count", "--package", "words", cwd=tmp_path)
    assert again.exit_code == 2
    assert file.read_text() == "mine"


@pytest.mark.parametrize("name", ["a", "nightly_report", "x_1"])
def test_what_is_written_is_python_in_the_form_of_this_project(name: str, tmp_path: Path) -> None:
    file = tmp_path / f"{name}.py"
    file.write_text(module_text(name))
    for check in (["check", "--quiet"], ["format", "--check", "--quiet"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *check, "--config", str(ROOT / "pyproject.toml"), str(file)],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout
