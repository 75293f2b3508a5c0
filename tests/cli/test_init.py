"""``tasks init``: a folder in which the service can begin, and in which nothing is overwritten."""

from pathlib import Path

from command_line import tasks
from running import ROOT

SAMPLES = {path.name for path in (ROOT / "manifests").iterdir()}
SCHEMAS = {path.name for path in (ROOT / "schemas").iterdir()}


def test_a_folder_is_begun_with_valid_samples_and_their_schemas(tmp_path: Path) -> None:
    done = tasks("init", "jobs", cwd=tmp_path)

    assert done.exit_code == 0
    assert done.stdout.endswith("next: cd jobs && tasks serve\n")
    assert {path.name for path in (tmp_path / "jobs/manifests").iterdir()} == SAMPLES
    assert {path.name for path in (tmp_path / "jobs/schemas").iterdir()} == SCHEMAS
    for name in (".vscode/settings.json", ".vscode/extensions.json"):
        assert (tmp_path / "jobs" / name).read_text() == (ROOT / name).read_text()
    assert tasks("validate", cwd=tmp_path / "jobs").exit_code == 0
    assert tasks("schema", "--check", cwd=tmp_path / "jobs").exit_code == 0


def test_what_is_there_stays_as_it_is(tmp_path: Path) -> None:
    mine = tmp_path / "manifests" / min(SAMPLES)
    mine.parent.mkdir()
    mine.write_text("mine")

    first, again = tasks("init", cwd=tmp_path), tasks("init", cwd=tmp_path)

    assert mine.read_text() == "mine"
    assert f"kept manifests/{mine.name}" in first.stdout
    assert "wrote" not in again.stdout
    assert again.stdout.endswith("next: tasks serve\n")


def test_a_folder_that_cannot_be_made_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done = tasks("init", str(tmp_path / "file"))

    assert done.exit_code == 2
    assert f"{tmp_path}/file" in done.stderr
