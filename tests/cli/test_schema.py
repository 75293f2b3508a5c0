"""``tasks schema``: written, found fresh, found stale."""

import json
from pathlib import Path

from command_line import tasks
from running import ROOT

NAMES = {path.name for path in (ROOT / "schemas").iterdir()}


def test_the_committed_schemas_are_fresh() -> None:
    done = tasks("schema", "--check")

    assert (done.exit_code, done.stdout) == (0, f"{len(NAMES)} schemas are fresh\n")


def test_schemas_are_written_once_and_then_left_alone(tmp_path: Path) -> None:
    first = tasks("schema", "--dir", str(tmp_path / "new"))
    again = tasks("schema", "--dir", str(tmp_path / "new"))

    assert (first.exit_code, first.stdout.count("wrote ")) == (0, len(NAMES))
    assert (again.exit_code, again.stdout) == (0, f"{len(NAMES)} schemas are fresh\n")
    assert {path.name for path in (tmp_path / "new").iterdir() if json.loads(path.read_text())} == NAMES


def test_stale_missing_and_foreign_schemas_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    tasks("schema", "--dir", str(tmp_path))
    (tmp_path / "job.schema.json").write_text("{}")
    (tmp_path / "command.schema.json").unlink()
    (tmp_path / "gone.schema.json").write_text("{}")

    stale = tasks("schema", "--check", "--dir", str(tmp_path))

    assert stale.exit_code == 1
    assert f"{tmp_path}/job.schema.json: does not match the code" in stale.stdout
    assert f"{tmp_path}/command.schema.json: is missing" in stale.stdout
    assert f"{tmp_path}/gone.schema.json: belongs to no job type" in stale.stdout
    assert (tmp_path / "job.schema.json").read_text() == "{}"
    assert tasks("schema", "--dir", str(tmp_path)).exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == NAMES


def test_a_folder_that_cannot_be_written_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done = tasks("schema", "--dir", str(tmp_path / "file"))

    assert done.exit_code == 2
    assert str(tmp_path / "file") in done.stderr
