"""``tasks preview``: the next fires of a file, a directory or a job."""

import json
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from command_line import tasks
from running import Service, command_job

TOKYO = '{trigger: cron, expression: "0 3 * * *", timezone: Asia/Tokyo}'


def test_the_next_fires_are_told_in_the_jobs_zone_and_in_utc(folder: Path) -> None:
    (folder / "manifests" / "good.yaml").write_text(command_job("good", "true", schedule=TOKYO))

    done = tasks("preview", "good", "-n", "2", cwd=folder)

    assert done.exit_code == 0
    assert len([line for line in done.stdout.splitlines() if "03:00:00 JST" in line and "18:00:00 UTC" in line]) == 2


def test_machines_read_moments_that_are_a_day_apart(folder: Path) -> None:
    (folder / "manifests" / "good.yaml").write_text(command_job("good", "true", schedule=TOKYO))

    [told] = json.loads(tasks("preview", "good", "-n", "3", "-o", "json", cwd=folder).stdout)

    fires = [datetime.fromisoformat(fire) for fire in told["fires"]]
    assert (told["job_id"], told["timezone"], told["suspended"]) == ("good", "Asia/Tokyo", False)
    assert [later - earlier for earlier, later in pairwise(fires)] == [timedelta(days=1)] * 2


def test_a_file_and_a_directory_show_all_their_jobs(folder: Path) -> None:
    more = folder / "manifests" / "more.yaml"
    more.write_text(command_job("one", "true") + "---\n" + command_job("two", "true"))

    of_file = json.loads(tasks("preview", "manifests/more.yaml", "-o", "json", cwd=folder).stdout)
    of_folder = json.loads(tasks("preview", "manifests", "-o", "json", cwd=folder).stdout)

    assert [job["job_id"] for job in of_file] == ["one", "two"]
    assert sorted(job["job_id"] for job in of_folder) == ["good", "one", "two"]


def test_a_suspended_and_a_finished_job_say_so(folder: Path) -> None:
    resting = command_job("resting", "true", suspend=True, suspend_reason="the bot moves")
    past = command_job("past", "true", schedule='{trigger: date, run_date: "2020-01-01T00:00:00"}')
    (folder / "manifests" / "good.yaml").write_text(f"{resting}---\n{past}")

    done = tasks("preview", "manifests", cwd=folder)

    assert done.exit_code == 0
    assert "suspended: the bot moves" in done.stdout
    assert "will not run any more" in done.stdout


def test_a_broken_file_ends_with_1_and_shows_the_others(folder: Path) -> None:
    (folder / "manifests" / "bad.yaml").write_text(command_job("bad", "true") + "polcy: {}\n")

    done = tasks("preview", "manifests", cwd=folder)
    annotated = tasks("preview", "manifests", "-o", "github", cwd=folder)

    assert (done.exit_code, "good (command" in done.stdout) == (1, True)
    assert "manifests/bad.yaml:5:1: error JM010" in done.stderr
    assert annotated.stderr.startswith("::error file=manifests/bad.yaml,line=5,col=1,title=JM010::")


def test_an_unknown_job_ends_with_2_and_a_suggestion(folder: Path) -> None:
    done = tasks("preview", "goood", cwd=folder)

    assert done.exit_code == 2
    assert "did you mean 'good'" in done.stderr


def test_the_viewers_zone_is_the_machines_unless_another_is_asked_for(folder: Path) -> None:
    (folder / "manifests" / "good.yaml").write_text(command_job("good", "true", schedule=TOKYO))

    asked = tasks("preview", "good", "-n", "1", "--zone", "America/Phoenix", cwd=folder)
    here = Service(folder, {"TZ": "Asia/Kolkata"}).tasks("preview", "good", "-n", "1")
    unknown = tasks("preview", "good", "--zone", "Europe/Berlinn", cwd=folder)

    assert "03:00:00 JST" in asked.stdout and "18:00:00 UTC" in asked.stdout and "11:00:00 MST" in asked.stdout
    assert "23:30:00 IST" in here.stdout
    assert (unknown.exit_code, "did you mean 'Europe/Berlin'" in unknown.stderr) == (2, True)


def test_a_change_of_the_clocks_is_told_at_its_fire(folder: Path) -> None:
    once = '{trigger: date, run_date: "2087-03-30T02:30:00", timezone: Europe/Berlin}'
    (folder / "manifests" / "good.yaml").write_text(command_job("good", "true", schedule=once))

    text = tasks("preview", "good", cwd=folder).stdout
    [told] = json.loads(tasks("preview", "good", "-o", "json", "--zone", "UTC", cwd=folder).stdout)

    assert "(02:30 does not exist that day: runs at 03:00)" in text
    assert told["times"] == [
        {
            "at": "2087-03-30T01:00:00+00:00",
            "local": "2087-03-30T03:00:00+02:00",
            "viewer": "2087-03-30T01:00:00+00:00",
            "note": "02:30 does not exist that day: runs at 03:00",
        }
    ]
