"""``tasks validate --fix``: files on disk."""

import json
from pathlib import Path

from command_line import tasks
from running import ROOT, command_job

WRONG = command_job("bad", "true") + "polcy: {timeout: 5m}  # short\n"
RIGHT = WRONG.replace("polcy", "policy")


def bad(folder: Path, text: str = WRONG) -> Path:
    path = folder / "manifests" / "bad.yaml"
    path.write_text(text)
    return path


def test_what_is_certain_is_mended_and_told(folder: Path) -> None:
    path = bad(folder)

    done = tasks("validate", "--fix", cwd=folder)

    assert (done.exit_code, path.read_text()) == (0, RIGHT)
    assert done.stdout.splitlines()[0] == "manifests/bad.yaml:5:1: fixed JM010: polcy is now policy"


def test_a_second_time_fixes_nothing_and_other_files_are_never_touched(folder: Path) -> None:
    path = bad(folder)
    good = folder / "manifests" / "good.yaml"
    tasks("validate", "--fix", cwd=folder)
    before = {p: p.stat() for p in (path, good)}

    done = tasks("validate", "--fix", cwd=folder)

    assert "fixed" not in done.stdout
    assert {p: p.stat() for p in (path, good)} == before


def test_the_diff_is_shown_and_nothing_is_written(folder: Path) -> None:
    path = bad(folder)

    done = tasks("validate", "--fix", "--diff", cwd=folder)

    assert (done.exit_code, path.read_text()) == (1, WRONG)
    assert "-polcy: {timeout: 5m}  # short\n+policy: {timeout: 5m}  # short\n" in done.stdout


def test_what_is_left_counts(folder: Path) -> None:
    bad(folder, WRONG + "x: 1\n")

    done = tasks("validate", "--fix", cwd=folder)

    assert done.exit_code == 1
    assert "JM010: x is no known key" in done.stdout
    assert "fixed JM010: polcy is now policy" in done.stdout


def test_mode_is_kept_and_no_draft_is_left(folder: Path) -> None:
    path = bad(folder)
    path.chmod(0o640)

    tasks("validate", "--fix", cwd=folder)

    assert path.stat().st_mode & 0o777 == 0o640
    assert {p.name for p in path.parent.iterdir()} == {"bad.yaml", "good.yaml"}


def test_a_link_is_left_alone(folder: Path) -> None:
    (folder / "manifests" / "_shared").mkdir()
    target = folder / "manifests" / "_shared" / "bad.yaml"
    target.write_text(WRONG)
    (folder / "manifests" / "bad.yaml").symlink_to("_shared/bad.yaml")

    done = tasks("validate", "--fix", cwd=folder)

    assert (done.exit_code, target.read_text()) == (1, WRONG)


def test_a_line_for_editors_leads_to_the_schemas(folder: Path) -> None:
    tasks("schema", cwd=folder)
    (folder / "manifests" / "team").mkdir()
    path = folder / "manifests" / "team" / "one.yaml"
    path.write_text(command_job("one", "true"))

    tasks("validate", "--fix", cwd=folder)

    assert path.read_text().startswith("# yaml-language-server: $schema=../../schemas/job.schema.json\n")
    assert (path.parent / "../../schemas/job.schema.json").is_file()


def test_fixes_do_not_disturb_a_report_for_machines(folder: Path) -> None:
    bad(folder)

    done = tasks("validate", "--fix", "-o", "json", cwd=folder)

    assert json.loads(done.stdout)["valid"] is True
    assert "fixed JM010" in done.stderr


def test_diff_alone_is_a_mistake(folder: Path) -> None:
    assert tasks("validate", "--diff", cwd=folder).exit_code == 2


def test_the_samples_need_no_fix() -> None:
    done = tasks("validate", "--fix", "--diff", cwd=ROOT)

    assert (done.exit_code, done.stdout) == (0, "4 valid manifests in 4 files; no problems\n")
