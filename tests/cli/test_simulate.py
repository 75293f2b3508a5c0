"""``tasks simulate``: the days ahead from manifests, with durations from wherever they are known."""

import json
from pathlib import Path

import pytest
from builders import NOW, make_desired
from command_line import tasks
from databases import migrated, opened
from ledger_rows import HOUR, ended, held, settle, start
from running import command_job

from tasks_service.core.override import OverrideKind
from tasks_service.core.plan import Create

HOURLY = '{trigger: cron, expression: "0 * * * *"}'
AT_TWO = '{trigger: cron, expression: "0 2 * * *", timezone: Europe/Berlin}'


@pytest.fixture
def busy(folder: Path) -> Path:
    """Twelve jobs at two o'clock, and one whose runs last longer than an hour."""
    crowd = [command_job(f"crowd_{n}", "true", schedule=AT_TWO) for n in range(12)]
    long = command_job("report", "true", schedule=HOURLY, policy={"timeout": "3h"}, expect={"max_runtime": "70m"})
    (folder / "manifests" / "good.yaml").write_text("---\n".join([*crowd, long]))
    return folder


def test_overlaps_waits_and_the_need_for_slots_are_told(busy: Path) -> None:
    done = tasks("simulate", "--from", "2027-03-25", "--runs", "4", cwd=busy)

    assert done.exit_code == 0
    text = done.stdout
    assert text.startswith("2027-03-25 00:00 UTC to 2027-04-01 00:00 UTC: 13 jobs, 252 fires, 84 of them left out\n")
    assert "known for 0 of 13 (DATABASE_URL cannot be read (tasks.db is not there))" in text
    assert "63 runs of 168, up to 3m (with 4 at once)" in text
    assert "needed     7 slots, so that no run waits longer than 1m" in text
    told = "report: 84 of 168 fires skipped_overlap, first Thu 25 Mar 01:00, behind the run due Thu 25 Mar 00:00"
    assert told in text
    assert "13 jobs due, 4 runs at once: crowd_0, crowd_1, crowd_10 and 10 more" in text
    assert "and 9 more: 2027-03-28 01:00 UTC: the clock leaves its time out" in text
    assert "report: 1h10m, expect.max_runtime (1h10m)" in text
    assert max(map(len, text.splitlines())) <= 130
    assert not (busy / "tasks.db").exists()


def test_machines_read_what_the_api_answers(busy: Path) -> None:
    done = tasks("simulate", "--days", "1", "--from", "2026-11-27T00:00:00+01:00", "-o", "json", cwd=busy)

    told = json.loads(done.stdout)
    assert (told["since"], told["until"]) == ("2026-11-26T23:00:00Z", "2026-11-27T23:00:00Z")
    assert {job["job_id"]: job["runs"] for job in told["jobs"]}["crowd_3"] == 1
    assert told["days"] == ["2026-11-26", "2026-11-27"]


def test_durations_come_from_a_file(busy: Path) -> None:
    (busy / "d.json").write_text('{"report": {"p50": "20m", "p95": 3000, "count": 90}, "Crowd_1": 12.5}')

    def seconds(*more: str) -> dict[str, float]:
        done = tasks("simulate", "--durations", "d.json", "-o", "json", *more, cwd=busy)
        return {job["job_id"]: job["estimate"]["seconds"] for job in json.loads(done.stdout)["jobs"]}

    usual, slow = seconds(), seconds("--measure", "p95")
    assert (usual["report"], usual["crowd_1"], usual["crowd_2"]) == (1200.0, 12.5, 60.0)
    assert (slow["report"], slow["crowd_1"]) == (3000.0, 12.5)


def test_durations_and_pauses_come_from_the_database_which_stays_as_it_is(busy: Path) -> None:
    url = migrated(f"sqlite:///{busy}/tasks.db")
    with opened(url) as stores:
        stores.inventory.apply([Create(job=make_desired(name)) for name in ("report", "crowd_0")], NOW, {})
        [run] = settle(stores, start(NOW + HOUR), uids=[held(stores, "report").job_uid])
        stores.ledger.start(run.run_id, "me", "node", NOW)
        stores.ledger.finish(ended(run), "me", NOW + HOUR / 12)
        stores.overrides.add(held(stores, "crowd_0").job_uid, OverrideKind.PAUSE, "ann", "moving", NOW, None)
    before = (busy / "tasks.db").read_bytes()

    done = tasks("simulate", "--from", "2026-11-27", "-o", "json", cwd=busy)

    jobs = {job["job_id"]: job for job in json.loads(done.stdout)["jobs"]}
    assert (jobs["report"]["estimate"]["seconds"], jobs["report"]["estimate"]["runs"]) == (300.0, 1)
    assert jobs["crowd_0"]["left_out"] == {"skipped_paused": 7}
    assert (busy / "tasks.db").read_bytes() == before


def test_what_is_cut_is_said(folder: Path) -> None:
    every_second = command_job("beat", "true", schedule="{trigger: interval, seconds: 1}")
    (folder / "manifests" / "good.yaml").write_text(every_second)

    done = tasks("simulate", "--durations", "none", cwd=folder)

    assert "604,800 fires" in done.stdout
    assert "beat fires too often" in done.stdout


def test_a_broken_file_ends_with_1_and_the_others_are_simulated(folder: Path) -> None:
    (folder / "manifests" / "bad.yaml").write_text(command_job("bad", "true") + "polcy: {}\n")

    done = tasks("simulate", cwd=folder)

    assert done.exit_code == 1
    assert "1 job, 7 fires" in done.stdout and "polcy" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "nowhere"),
        (("--from", "tomorrow"), "--from"),
        (("--from", "0001-01-01"), "between the years"),
        (("--measure", "p99"), "p99"),
        (("--patience", "long"), "--patience"),
        (("--durations", "d.json"), "d.json cannot be read"),
        (("--durations", "bad.json"), "the duration of 'a' cannot be read"),
        (("--durations", "sqlite:///none.db"), "none.db is not there"),
        (("--durations", "oracle://x"), "oracle"),
    ],
)
def test_what_cannot_be_used_ends_with_2_and_a_sentence(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    (folder / "bad.json").write_text('{"a": {"p95": 3}}')

    done = tasks("simulate", *arguments, cwd=folder)

    assert done.exit_code == 2
    assert said in done.stderr and "Traceback" not in done.stderr
