"""``tasks new-type``: a job type that works as it stands. tests/docs/test_writing_job_types.py goes on to a run."""

import subprocess
import sys
from pathlib import Path

import pytest
from command_line import tasks
from running import ROOT

from tasks_service.core.job_type_scaffold import LONGEST_NAME, example_test_text, module_text, name_trouble

NAMES = ["a", "nightly_report", "x_1", "any", "true", "base_job", "field_", "a" * LONGEST_NAME, "zz" + "_b" * 19]


def write(name: str, folder: Path) -> None:
    """A package with one job type, in the folder."""
    done = tasks("new-type", name, "--package", folder.name, cwd=folder.parent)
    assert (done.exit_code, done.stdout) == (0, ""), done.stderr


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{folder}:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, "-m", *arguments], cwd=folder, env=env, capture_output=True, text=True)


def test_it_says_what_it_wrote_and_what_comes_next(tmp_path: Path) -> None:
    done = tasks("new-type", "word_count", "--package", "my words", cwd=tmp_path)

    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == (
        "wrote my words/word_count.py\n"
        "wrote my words/test_word_count.py\n"
        "wrote my words/pyproject.toml\n"
        "next:\n"
        "  pip install --editable 'my words[test]'\n"
        "  python -m pytest 'my words'\n"
        "  tasks schema\n"
        "  tasks new word_count --file manifests/word_count.yaml\n"
        "  tasks validate\n"
        "  start the service, or restart it: it reads its job types when it starts\n"
    )


@pytest.mark.parametrize("in_service", [True, False], ids=["in the service", "in a package"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_has_the_form_of_this_project(name: str, in_service: bool, tmp_path: Path) -> None:
    """Where the service is a library, its imports stand among those of libraries."""
    places = ["tasks_service/jobs", "tests/jobs"] if in_service else [".", "."]
    parts = ["core/document", "jobs/__init__", "jobs/testing"] if in_service else []
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    for place in places:
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
    for part in parts:
        (tmp_path / f"tasks_service/{part}.py").parent.mkdir(exist_ok=True)
        (tmp_path / f"tasks_service/{part}.py").write_text('"""Stands in for it."""\n')
    (tmp_path / places[0] / f"{name}.py").write_text(module_text(name, in_service=in_service))
    (tmp_path / places[1] / f"test_{name}.py").write_text(example_test_text(name, in_service=in_service))

    for check in (["check", "--quiet", "--ignore", "D103,S101"], ["format", "--check", "--quiet"]):
        done = python(tmp_path, "ruff", *check, "--no-cache", ".")
        assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_its_types_are_right_and_the_service_tells_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "words"
    write("word_count", folder)

    done = python(folder, "mypy", "--strict", "--cache-dir", str(tmp_path), "word_count.py", "test_word_count.py")

    assert (done.returncode, done.stdout) == (0, "Success: no issues found in 2 source files\n")


@pytest.mark.parametrize("name", ["any", "true", "base_job", "document"])
def test_a_name_that_python_or_the_file_has_another_use_for_works(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "words"
    write(name, folder)

    done = python(folder, "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder))

    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        ("Nightly-Report", ("'Nightly-Report' is no name for a job type", "a name is made of lower-case letters, ")),
        ("_x", ("'_x' is no name for a job type", "a letter first")),
        ("a" * (LONGEST_NAME + 1), ("is no name for a job type", f"at most {LONGEST_NAME} of them")),
        ("class", ("'class' is a word of Python's own", "a name is made of")),
        ("command", ("the name 'command' is taken by tasks_service.jobs.command", "choose another name")),
        ("json", ("the name 'json' is taken by a module of Python or of a package (", "choose another name")),
        ("httpx", ("the name 'httpx' is taken by a module of Python or of a package (", "choose another name")),
        ("sys", ("the name 'sys' is taken by a module of Python or of a package (built-in)", "choose another name")),
    ],
)
def test_a_name_that_is_none_or_is_taken_is_refused_with_what_to_do(
    name: str, sentences: tuple[str, ...], tmp_path: Path
) -> None:
    for force in ([], ["--force"]):
        refused = tasks("new-type", name, "--package", "x", *force, cwd=tmp_path)

        assert (refused.exit_code, refused.stdout) == (2, "")
        assert all(sentence in refused.stderr for sentence in sentences), refused.stderr
        assert list(tmp_path.iterdir()) == []


def test_every_part_of_a_bad_name_counts() -> None:
    assert name_trouble("nightly_report") == ""
    assert all(name_trouble(name) for name in ("", "ä", "a b", "a\n", "1a", "a/b", "..", "A"))


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_in_a_checkout_no_part_of_the_service_is_replaced(force: tuple[str, ...]) -> None:
    before = (ROOT / "tasks_service/jobs/backoff.py").read_text()

    refused = tasks("new-type", "backoff", *force)

    assert refused.exit_code == 2
    assert "the name 'backoff' is taken by tasks_service/jobs/backoff.py, which is no job type" in refused.stderr
    assert (ROOT / "tasks_service/jobs/backoff.py").read_text() == before


def test_a_folder_that_is_no_checkout_is_told_of_packages(tmp_path: Path) -> None:
    refused = tasks("new-type", "word_count", cwd=tmp_path)

    assert refused.exit_code == 2
    assert "this folder is no checkout of the service" in refused.stderr
    assert "tasks new-type word_count --package word_count" in refused.stderr


def test_a_package_takes_further_types_and_keeps_its_project_file(tmp_path: Path) -> None:
    write("word_count", tmp_path / "words")
    project = (tmp_path / "words/pyproject.toml").read_text()

    for force in ([], ["--force"]):
        done = tasks("new-type", "line_count", "--package", "words", *force, cwd=tmp_path)

        assert done.exit_code == 0
        assert (
            'kept words/pyproject.toml: see that it has\n  [project.entry-points."tasks_service.job_types"]\n'
            '  line_count = "line_count:LineCount"\n'
        ) in done.stderr
    assert (tmp_path / "words/pyproject.toml").read_text() == project


def test_files_that_are_there_are_touched_by_force_only(tmp_path: Path) -> None:
    write("word_count", tmp_path / "words")
    file, test = tmp_path / "words/word_count.py", tmp_path / "words/test_word_count.py"
    file.write_text("mine")
    test.unlink()
    (tmp_path / "elsewhere.py").write_text("mine, too")
    test.symlink_to(tmp_path / "elsewhere.py")

    refused = tasks("new-type", "word_count", "--package", "words", cwd=tmp_path)

    assert refused.exit_code == 2
    assert "words/word_count.py is there already; nothing was written" in refused.stderr
    assert "--force" in refused.stderr
    assert file.read_text() == "mine"

    forced = tasks("new-type", "word_count", "--package", "words", "--force", cwd=tmp_path)

    assert forced.exit_code == 0
    assert file.read_text() == module_text("word_count", in_service=False)
    assert test.read_text() == example_test_text("word_count", in_service=False)
    assert (tmp_path / "elsewhere.py").read_text() == "mine, too"


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_place_that_cannot_be_written_is_said_in_a_sentence(force: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "words").write_text("a file")

    refused = tasks("new-type", "word_count", "--package", "words", *force, cwd=tmp_path)

    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith("tasks: words: ")
    assert "name a place that you may write to" in refused.stderr
