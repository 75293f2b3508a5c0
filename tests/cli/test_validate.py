"""``tasks validate``: exit codes and forms."""

import json
from pathlib import Path

from command_line import tasks
from running import command_job


def test_good_manifests_end_with_0(folder: Path) -> None:
    done = tasks("validate", cwd=folder)

    assert (done.exit_code, done.stderr) == (0, "")
    assert "1 valid manifest" in done.stdout


def test_one_broken_file_ends_with_1_and_is_named_with_line_and_column(folder: Path) -> None:
    (folder / "manifests" / "bad.yaml").write_text(command_job("bad", "true") + "polcy: {}\n")

    done = tasks("validate", cwd=folder)

    assert done.exit_code == 1
    assert "manifests/bad.yaml:5:1: error JM010" in done.stdout
    assert "did you mean 'policy'" in done.stdout


def test_a_missing_directory_ends_with_2_and_says_which(folder: Path) -> None:
    done = tasks("validate", "nowhere", cwd=folder)

    assert done.exit_code == 2
    assert "nowhere" in done.stderr


def test_machines_read_json_and_github_reads_annotations(folder: Path) -> None:
    (folder / "manifests" / "bad.yaml").write_text(command_job("bad", "true") + "polcy: {}\n")

    [problem] = json.loads(tasks("validate", "-o", "json", cwd=folder).stdout)["problems"]
    annotations = tasks("validate", "-o", "github", cwd=folder).stdout

    assert (problem["rule"], problem["line"], problem["column"]) == ("JM010", 5, 1)
    assert annotations.startswith("::error file=manifests/bad.yaml,line=5,col=1,title=JM010::")


def test_one_id_in_two_files_is_an_error_at_both(folder: Path) -> None:
    (folder / "manifests" / "again.yaml").write_text(command_job("GOOD", "true"))

    done = tasks("validate", cwd=folder)

    assert done.exit_code == 1
    assert done.stdout.count("JM021") == 2


def test_a_warning_fails_nothing(folder: Path) -> None:
    (folder / "manifests" / "good.yaml").write_text(command_job("good", "true") + "notify: {on_failure: true}\n")

    done = tasks("validate", cwd=folder)

    assert done.exit_code == 0
    assert "warning JM014" in done.stdout


def test_the_text_says_where_rules_are_explained_but_only_where_one_is_broken(folder: Path) -> None:
    assert "tasks rule" not in tasks("validate", cwd=folder).stdout

    (folder / "manifests" / "bad.yaml").write_text(command_job("bad", "true") + "polcy: {}\n")

    assert "`tasks rule ID` explains" in tasks("validate", cwd=folder).stdout
