"""``tasks plan --base``: two git revisions compared, without a database."""

import json
from pathlib import Path

import pytest
from command_line import tasks
from running import command_job
from sample_plan import commit, git

HOURLY = '{trigger: cron, expression: "0 * * * *"}'


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A branch ``main`` with three jobs, and a branch ``change`` that edits, adds and deletes one."""
    manifests = tmp_path / "manifests"
    manifests.mkdir()
    for name in ("one", "two", "three"):
        (manifests / f"{name}.yaml").write_text(command_job(name, "true"))
    git(tmp_path, "init", "--initial-branch=main")
    commit(tmp_path, "Ada", "Begin")
    git(tmp_path, "switch", "--create", "change")
    (manifests / "one.yaml").write_text(command_job("one", "true", schedule=HOURLY))
    commit(tmp_path, "Ada", "Run one every hour")
    (manifests / "new.yaml").write_text(command_job("new", "true"))
    (manifests / "two.yaml").unlink()
    commit(tmp_path, "Ada", "Replace two")
    return tmp_path


def test_the_files_are_compared_with_a_revision(repository: Path) -> None:
    done = tasks("plan", "--base", "main", cwd=repository)

    assert (done.exit_code, done.stderr) == (1, "")
    assert "Plan: 1 to add, 1 to change, 1 to delete, 0 held." in done.stdout
    assert "~ update one (one.yaml:1): changed in one.yaml:1, by Ada in " in done.stdout
    assert ": Run one every hour\n" in done.stdout
    assert "1 → 24 runs per day" in done.stdout
    assert not list(repository.glob("*.db*"))


def test_two_revisions_are_compared_whatever_the_files_are(repository: Path) -> None:
    (repository / "manifests" / "one.yaml").write_text("job_id: [")

    done = tasks("plan", "--base", "main", "--head", "change~1", "-o", "json", cwd=repository)
    told = json.loads(done.stdout)

    assert done.exit_code == 1
    assert [(job["sign"], job["job_id"]) for job in told["jobs"]] == [("~", "one")]
    assert told["compared_with"].startswith("main (")


def test_equal_revisions_end_with_0(repository: Path) -> None:
    done = tasks("plan", "--base", "main", "--head", "main", cwd=repository)

    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("No changes. Main (")


def test_a_base_that_went_on_is_pointed_out(repository: Path) -> None:
    git(repository, "switch", "main")
    (repository / "manifests" / "later.yaml").write_text(command_job("later", "true"))
    commit(repository, "Ada", "Go on")

    done = tasks("plan", "--base", "main", "--head", "change", "-o", "markdown", cwd=repository)

    assert "which has 1 commit that is not here: what it changed looks undone" in done.stdout


def test_a_broken_file_of_the_new_revision_keeps_its_job(repository: Path) -> None:
    (repository / "manifests" / "three.yaml").write_text("job_id: [")

    done = tasks("plan", "--base", "main", cwd=repository)

    assert done.exit_code == 1
    assert done.stdout.startswith("manifests/three.yaml:2:1: error JM001")
    assert "! delete two" in done.stdout
    assert "delete three" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--base", "nowhere"), "there is no revision 'nowhere'"),
        (("--base", "--output=x"), "there is no revision '--output=x'"),
        (("--head", "main"), "--head needs --base"),
    ],
)
def test_what_cannot_be_compared_ends_with_2(repository: Path, arguments: tuple[str, ...], said: str) -> None:
    done = tasks("plan", *arguments, cwd=repository)

    assert (done.exit_code, said in done.stderr) == (2, True)


def test_a_folder_outside_of_a_repository_ends_with_2(folder: Path) -> None:
    done = tasks("plan", "--base", "main", cwd=folder)

    assert (done.exit_code, "lies in no git repository" in done.stderr) == (2, True)
