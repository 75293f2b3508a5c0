"""``tasks preview``: the next fires of a file, a directory or a job."""

import json
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from command_line import tasks
from running import command_job

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
