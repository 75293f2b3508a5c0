"""``tasks validate``, ``schema`` and ``preview``: exit codes and forms."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from running import ROOT, command_job


def tasks(*arguments: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    told = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **env}
    command = [sys.executable, "-m", "tasks_service", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=told, timeout=60, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "good.yaml").write_text(command_job("good", "true"))
    return tmp_path


def test_good_manifests_end_with_0(folder: Path) -> None:
    done = tasks("validate", cwd=folder)

    assert (done.returncode, done.stderr) == (0, "")
    assert "1 valid manifest" in done.stdout


def test_one_broken_file_ends_with_1_and_is_named_with_line_and_column(folder: Path) -> None:
    (folder / "manifests" / "bad.yaml").write_text(command_job("bad", "true") + "polcy: {}\n")

    done = tasks("validate", cwd=folder)

    assert done.returncode == 1
    assert "manifests/bad.yaml:5:1: error JM010" in done.stdout
    assert "did you mean 'policy'" in done.stdout


def test_a_missing_directory_ends_with_2_and_says_which(folder: Path) -> None:
    done = tasks("validate", "nowhere", cwd=folder)

    assert done.returncode == 2
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

    assert done.returncode == 1
    assert done.stdout.count("JM021") == 2


def test_a_warning_fails_nothing(folder: Path) -> None:
    (folder / "manifests" / "good.yaml").write_text(command_job("good", "true") + "notify: {on_failure: true}\n")

    done = tasks("validate", cwd=folder)

    assert done.returncode == 0
    assert "warning JM014" in done.stdout


def test_the_committed_schemas_are_fresh_and_a_stale_one_is_noticed(tmp_path: Path) -> None:
    assert tasks("schema", "--check").returncode == 0
    assert tasks("schema", "--dir", str(tmp_path)).returncode == 0
    (tmp_path / "job.schema.json").write_text("{}")

    stale = tasks("schema", "--check", "--dir", str(tmp_path))

    assert stale.returncode == 1
    assert "job.schema.json" in stale.stdout + stale.stderr


def test_a_preview_shows_the_next_fires_in_the_jobs_zone_and_in_utc(folder: Path) -> None:
    schedule = '{trigger: cron, expression: "0 3 * * *", timezone: Asia/Tokyo}'
    (folder / "manifests" / "good.yaml").write_text(command_job("good", "true", schedule=schedule))

    done = tasks("preview", "good", "-n", "2", cwd=folder)

    assert done.returncode == 0
    lines = [line for line in done.stdout.splitlines() if "03:00" in line and "18:00" in line]
    assert len(lines) == 2


def test_a_plan_shows_what_would_change_and_its_exit_code_says_whether(folder: Path) -> None:
    url = f"sqlite:///{folder}/tasks.db"

    text = tasks("plan", cwd=folder, DATABASE_URL=url)
    told = json.loads(tasks("plan", "-o", "json", cwd=folder, DATABASE_URL=url).stdout)
    (folder / "manifests" / "good.yaml").unlink()
    nothing = tasks("plan", cwd=folder, DATABASE_URL=url)
    (folder / "manifests").rmdir()
    impossible = tasks("plan", cwd=folder, DATABASE_URL=url)

    assert (text.returncode, "+ create good" in text.stdout) == (1, True)
    assert "Plan: 1 to add, 0 to change, 0 to delete, 0 held." in text.stdout
    assert [(a["action"], a["job_id"]) for a in told["actions"]] == [("create", "good")]
    assert (nothing.returncode, "No changes" in nothing.stdout) == (0, True)
    assert (impossible.returncode, "does not exist" in impossible.stderr) == (2, True)


def test_a_setting_that_cannot_be_used_is_named(folder: Path) -> None:
    done = tasks("serve", cwd=folder, TASKS_PORT="many")

    assert done.returncode == 2
    assert "TASKS_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_command_ends_with_2() -> None:
    assert tasks("vailidate").returncode == 2
