"""``tasks import crontab``: manifests that do what cron did, and a list of what they cannot."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import tasks
from running import ROOT

CRONTAB = """\
# Reports of the night
MAILTO=ops@example.org
PATH = "/usr/local/bin:/usr/bin:/bin"
# Counts what was sold.
# It takes an hour.
15 2 * * mon-fri  /opt/shop/count.sh --all
@reboot /opt/shop/warm
@daily /opt/shop/clean
61 * * * * /opt/shop/never
30 4 13 * fri count.sh
CRON_TZ=Asia/Tokyo
0 9 * * 1-5 tokyo
this is no entry
"""


def documents(text: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(text))


def imported(text: str, folder: Path, *options: str) -> list[dict[str, Any]]:
    (folder / "crontab").write_text(text)
    return documents(tasks("import", "crontab", "crontab", *options, cwd=folder).stdout)


def run_of(parameters: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """What the command job would run."""
    argv = parameters["argv"]
    return subprocess.run(
        ["/bin/sh", "-c", argv] if parameters.get("shell") else argv,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=parameters.get("env", {}),
    )


def test_every_entry_becomes_a_job_of_its_own(tmp_path: Path) -> None:
    count, clean, again, tokyo = imported(CRONTAB, tmp_path, "--timezone", "Europe/Berlin", "--owner", "sales")

    assert count == {
        "job_id": "count",
        "job_type": "command",
        "description": "Counts what was sold. It takes an hour.",
        "owner": "sales",
        "schedule": {"trigger": "cron", "expression": "15 2 * * mon-fri", "timezone": "Europe/Berlin"},
        "parameters": {
            "argv": "/opt/shop/count.sh --all",
            "shell": True,
            "env": {"PATH": "/usr/local/bin:/usr/bin:/bin"},
        },
        "policy": {
            "timeout": "1d",
            "overlap": "allow",
            "catch_up": {"policy": "none"},
            "resources": {"cpu": "1d"},
        },
    }
    assert (clean["job_id"], clean["schedule"]["expression"]) == ("clean", "@daily")
    assert (again["job_id"], again["schedule"]["day_match"]) == ("count_2", "or")
    assert (tokyo["job_id"], tokyo["schedule"]["timezone"]) == ("tokyo", "Asia/Tokyo")


def test_what_is_left_behind_is_said_with_its_line_and_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "crontab").write_text(CRONTAB)

    done = tasks("import", "crontab", "crontab", cwd=tmp_path)

    said = [line for line in done.stderr.splitlines() if line.startswith("left behind: ")]
    assert [line.split(": ")[1:3] for line in said] == [
        ["crontab, line 2", "MAILTO"],
        ["crontab, line 7", "@reboot"],
        ["crontab, line 9", "the job never"],
        ["crontab, line 13", "the line"],
    ]
    assert "the minute '61' cannot be read; it takes 0 to 59" in said[2]
    assert done.stderr.endswith("4 jobs imported; 4 left behind\n")
    assert done.exit_code == 1
    for line in said:
        assert f"# - {line.removeprefix('left behind: crontab, ')}\n" in done.stdout


def test_a_crontab_that_is_carried_over_whole_ends_with_0(tmp_path: Path) -> None:
    (tmp_path / "crontab").write_text('MAILTO=""\n0 5 * * * backup\n')

    done = tasks("import", "crontab", "crontab", "--timezone", "UTC", cwd=tmp_path)

    assert done.exit_code == 0
    assert done.stderr.endswith("which is missing; `tasks schema` writes it\n1 job imported; nothing left behind\n")


def test_standard_input_is_read_as_a_file_is() -> None:
    command = [sys.executable, "-m", "tasks_service", "import", "crontab", "-"]

    done = subprocess.run(command, input="@daily backup\n", cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert [job["job_id"] for job in documents(done.stdout)] == ["backup"]
    assert "# Imported from line 1 of the crontab standard input.\n" in done.stdout
    assert done.returncode == 0


def test_each_job_gets_a_file_that_is_valid_and_names_its_origin(tmp_path: Path) -> None:
    assert tasks("init", cwd=tmp_path).exit_code == 0
    (tmp_path / "crontab").write_text(CRONTAB)

    done = tasks("import", "crontab", "crontab", "--out", "manifests/cron", cwd=tmp_path)

    assert done.stdout == ""
    written = sorted((tmp_path / "manifests/cron").iterdir())
    assert [path.name for path in written] == ["clean.yaml", "count.yaml", "count_2.yaml", "tokyo.yaml"]
    assert tasks("validate", cwd=tmp_path).exit_code == 0
    modeline, _, origin = written[0].read_text().splitlines()[:3]
    assert modeline == "# yaml-language-server: $schema=../../schemas/job.schema.json"
    assert origin == "# Imported from line 8 of the crontab crontab."


def test_nothing_is_written_where_one_of_the_files_is_there(tmp_path: Path) -> None:
    (tmp_path / "crontab").write_text("@daily a\n@daily b\n")
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs/b.yaml").write_text("mine")

    done = tasks("import", "crontab", "crontab", "--out", "jobs", cwd=tmp_path)

    assert done.exit_code == 2
    assert "jobs/b.yaml is there already; nothing was written" in done.stderr
    assert [path.name for path in (tmp_path / "jobs").iterdir()] == ["b.yaml"]


def test_the_output_is_valid_as_one_file_too(tmp_path: Path) -> None:
    (tmp_path / "crontab").write_text(CRONTAB)
    (tmp_path / "all.yaml").write_text(tasks("import", "crontab", "crontab", cwd=tmp_path).stdout)

    done = tasks("validate", "all.yaml", cwd=tmp_path)

    assert done.stdout.startswith("4 valid manifests in 1 file; ")
    assert done.exit_code == 0
    assert (tmp_path / "all.yaml").read_text().count("# yaml-language-server: ") == 4


def test_the_user_of_etc_crontab_is_read_and_said(tmp_path: Path) -> None:
    (tmp_path / "crontab").write_text("17 * * * * www-data cd / && run-parts --report /etc/cron.hourly\n")

    done = tasks("import", "crontab", "crontab", "--user-column", cwd=tmp_path)

    [job] = documents(done.stdout)
    assert job["job_id"] == "cron.hourly"
    assert job["parameters"]["argv"] == "cd / && run-parts --report /etc/cron.hourly"
    assert "line 1: the user www-data: runs are carried out as the user of the service" in done.stderr
    assert done.exit_code == 1


def test_a_user_column_that_was_forgotten_is_pointed_out(tmp_path: Path) -> None:
    (tmp_path / "crontab").write_text("@daily root backup\n")

    assert "note: a command begins with root" in tasks("import", "crontab", "crontab", cwd=tmp_path).stderr


@pytest.mark.parametrize(
    ("entry", "printed"),
    [
        ("echo plain", "plain\n"),
        (r"echo 100\% of \\ that", "100% of \\ that\n"),
        ("cat%one%two%", "one\ntwo\n"),
        (r"cat; echo done # said%50\% of $HOME%END", "50% of $HOME\nEND\ndone\n"),
        ("cat%", ""),
        ("cat%%", "\n"),
    ],
)
def test_percent_signs_are_input_and_its_lines_as_in_cron(entry: str, printed: str, tmp_path: Path) -> None:
    [job] = imported(f"@daily {entry}\n", tmp_path)

    assert run_of(job["parameters"]).stdout == printed


def test_another_shell_runs_the_command_and_a_home_is_where_it_starts(tmp_path: Path) -> None:
    [job] = imported(f"SHELL=/bin/bash\nHOME={tmp_path}\n@daily echo $BASH $HOME\n", tmp_path)

    assert job["parameters"]["working_directory"] == str(tmp_path)
    assert run_of(job["parameters"]).stdout == f"/bin/bash {tmp_path}\n"


def test_a_setting_holds_for_the_entries_below_it(tmp_path: Path) -> None:
    first, second = imported("A=1\n@daily a\nA='2 x'\nB=\n@daily b\n", tmp_path)

    assert first["parameters"]["env"] == {"A": "1"}
    assert second["parameters"]["env"] == {"A": "2 x", "B": ""}


def test_comments_that_describe_no_entry_are_left_out(tmp_path: Path) -> None:
    text = "# about all\n\n# .---- minute\n# |\n# * * * * * command\n#0 5 * * * old\n# the new one\n0 5 * * * new\n"

    [job] = imported(text, tmp_path)

    assert job["description"] == "the new one"


def test_the_zone_that_is_taken_for_granted_is_said(tmp_path: Path) -> None:
    (tmp_path / "crontab").write_text("@daily a\n")

    done = tasks("import", "crontab", "crontab", cwd=tmp_path, TASKS_TIMEZONE="Europe/Rome")

    assert documents(done.stdout)[0]["schedule"]["timezone"] == "Europe/Rome"
    assert "note: times are read in Europe/Rome; --timezone names another zone\n" in done.stderr


@pytest.mark.parametrize(
    ("content", "options", "sentence"),
    [
        (None, (), "tasks: crontab cannot be read: No such file or directory\n"),
        (b"@daily a\n@daily \xff\n", (), "tasks: crontab:2: byte 0xff is no UTF-8\n"),
        (b"@daily a\n", ("--timezone", "Mars"), "tasks: --timezone: 'Mars' is no IANA time zone\n"),
        (b"@daily a\n", ("--out", "crontab"), "tasks: crontab: File exists\n"),
        (b"#" * 2_000_000, (), "tasks: crontab is larger than "),
    ],
)
def test_what_cannot_be_read_or_written_ends_with_2(
    content: bytes | None, options: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "crontab").write_bytes(content)

    done = tasks("import", "crontab", "crontab", *options, cwd=tmp_path)

    assert done.exit_code == 2
    assert sentence in done.stderr
