"""``tasks plan``: what the next sync would do, beside a service that has applied the files once."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import tasks
from places import place_of
from running import NIGHT, command_job, serving


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder whose four jobs a service has applied; the service is gone, its database stays."""
    folder = tmp_path_factory.mktemp("applied")
    with serving(folder, {f"{name}.yaml": command_job(name, "true") for name in ("one", "two", "three", "four")}):
        pass
    (folder / ".env").write_text(f"DATABASE_URL={place_of(folder)}\n")
    yield folder


@pytest.fixture
def edited(applied: Path) -> Iterator[Path]:
    """The same, for a test that edits its files: they are put back."""
    before = {path: path.read_text() for path in (applied / "manifests").iterdir()}
    yield applied
    for path in (applied / "manifests").iterdir():
        path.unlink()
    for path, text in before.items():
        path.write_text(text)


def test_a_first_plan_creates_and_ends_with_1(folder: Path) -> None:
    done = tasks("plan", cwd=folder)
    told = json.loads(tasks("plan", "-o", "json", cwd=folder).stdout)

    assert (done.exit_code, "+ create good (good.yaml:1)" in done.stdout) == (1, True)
    assert "Plan: 1 to add, 0 to change, 0 to delete, 0 held." in done.stdout
    assert [(job["sign"], job["verbs"], job["job_id"]) for job in told["jobs"]] == [("+", ["create"], "good")]


def test_nothing_to_do_ends_with_0(applied: Path) -> None:
    done = tasks("plan", cwd=applied)

    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("No changes.")


def test_an_edit_shows_the_field_before_and_after(edited: Path) -> None:
    hourly = command_job("one", "true", schedule="{trigger: interval, hours: 1}")
    (edited / "manifests" / "one.yaml").write_text(hourly)

    done = tasks("plan", cwd=edited)
    [job] = json.loads(tasks("plan", "-o", "json", cwd=edited).stdout)["jobs"]
    annotated = tasks("plan", "-o", "github", cwd=edited)

    assert (done.exit_code, "~ update one" in done.stdout) == (1, True)
    fields = {field["field"]: (field["before"], field["after"]) for field in job["fields"]}
    assert job["verbs"] == ["update"]
    assert (fields["schedule.expression"], fields["schedule.hours"]) == ((f'"0 {NIGHT} * * *"', ""), ("", "1"))
    assert (job["fires"]["before"], job["fires"]["after"]) == (7, 168)
    assert "1 → 24 runs per day" in done.stdout
    assert annotated.stdout.startswith("::notice title=plan::~ update one")


def test_a_rename_is_told_as_one(edited: Path) -> None:
    file = edited / "manifests" / "one.yaml"
    file.write_text(file.read_text().replace("job_id: one", "job_id: better\nprevious_ids: [one]"))

    done = tasks("plan", cwd=edited)

    assert "~ rename better (one.yaml:1)" in done.stdout
    assert 'job_id: "one" → "better"' in done.stdout
    assert "Plan: 0 to add, 0 to change, 1 to rename, 0 to delete, 0 held." in done.stdout


def test_a_deletion_and_a_held_mass_deletion_are_told_apart(edited: Path) -> None:
    (edited / "manifests" / "one.yaml").unlink()
    single = tasks("plan", cwd=edited)
    (edited / "manifests" / "two.yaml").unlink()
    (edited / "manifests" / "three.yaml").unlink()
    many = tasks("plan", cwd=edited)

    assert (single.exit_code, "- delete one" in single.stdout) == (1, True)
    assert (many.exit_code, many.stdout.count("is held")) == (1, 3)
    assert "Plan: 0 to add, 0 to change, 0 to delete, 3 held." in many.stdout


def test_a_broken_file_is_reported_and_its_job_stays(edited: Path) -> None:
    (edited / "manifests" / "one.yaml").write_text("job_id: [")

    done = tasks("plan", cwd=edited)
    annotated = tasks("plan", "-o", "github", cwd=edited)

    assert done.exit_code == 1
    assert done.stdout.startswith("manifests/one.yaml:2:1: error JM001")
    assert annotated.stdout.startswith("::error file=manifests/one.yaml,line=2,col=1,title=JM001::")
    assert "delete" not in done.stdout.replace("to delete", "")


def test_a_directory_that_is_gone_ends_with_2(folder: Path) -> None:
    (folder / "manifests" / "good.yaml").unlink()
    (folder / "manifests").rmdir()

    done = tasks("plan", cwd=folder)

    assert done.exit_code == 2
    assert "does not exist" in done.stderr
    assert "TASKS_MANIFESTS" in done.stderr


def test_a_database_that_cannot_be_opened_ends_with_2_and_its_name(folder: Path) -> None:
    done = tasks("plan", cwd=folder, DATABASE_URL="sqlite:////nowhere/tasks.db")

    assert done.exit_code == 2
    assert "/nowhere/tasks.db" in done.stderr
