"""``kill -9``, and what stands in the ledger afterwards."""

import os
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from places import place_of
from running import Service, command_job, serving, wait_for

pytestmark = pytest.mark.fault

EVERY_SECOND = "{trigger: interval, seconds: 1}"


def test_a_pause_survives_a_kill_and_an_edit_and_the_downtime_has_rows(tmp_path: Path) -> None:
    with serving(tmp_path, {"job.yaml": command_job("job", "true", schedule=EVERY_SECOND)}) as service:
        service.post("/api/jobs/job/pause", {"reason": "vendor outage"})
        service.wait_for_job("job", paused=True, sync="Synced")
        service.kill()
        killed = datetime.now(UTC)
        service.write("job.yaml", command_job("job", "true", schedule="{trigger: interval, seconds: 2}"))
        wait_for("a downtime of three seconds", lambda: datetime.now(UTC) - killed > timedelta(seconds=3))

        service.start()

        job = wait_for("the edit", lambda: (j := service.job("job")) and j["schedule"]["seconds"] == 2 and j)
        assert job["sync"] == "Synced"
        assert job["activity"] == "Paused"
        assert job["override"]["reason"] == "vendor outage"
        rows = wait_for("rows of the downtime", lambda: _rows_between(service, killed, killed + timedelta(seconds=3)))
        assert all(row["outcome"] == "skipped_paused" for row in rows)
        _assert_no_gap_and_no_overlap(service)


def test_a_run_whose_service_was_killed_is_lost_and_the_next_occurrence_runs(tmp_path: Path) -> None:
    marker = f"{tmp_path.name}-sleeper"
    slow = command_job("slow", "python3", "-c", f"import time; time.sleep(300)  # {marker}")
    with serving(tmp_path, {"slow.yaml": slow}) as service:
        run_id = service.post("/api/jobs/slow/run", expect=202)["id"]
        wait_for("the child", lambda: _marked(marker))
        service.kill()
        wait_for("the child's end", lambda: not _marked(marker))
        service.write("slow.yaml", command_job("slow", "true", schedule=EVERY_SECOND))

        service.start()

        lost = service.wait_for_run(run_id)
        assert lost["state"] == "lost"
        wait_for("the next occurrence", lambda: _runs(service, "slow", "succeeded"))


def test_catch_up_runs_the_latest_missed_occurrence_once(tmp_path: Path) -> None:
    with serving(tmp_path, {"job.yaml": command_job("job", "true", schedule=EVERY_SECOND)}) as service:
        wait_for("a first run", lambda: _runs(service, "job", "succeeded"))
        service.kill()
        killed = datetime.now(UTC)
        wait_for("a downtime of four seconds", lambda: datetime.now(UTC) - killed > timedelta(seconds=4))

        service.start()

        wait_for("a caught-up run", lambda: any(r["trigger"] == "catch_up" for r in _runs(service, "job", "succeeded")))
        caught = [r for r in service.get("/api/jobs/job/occurrences?limit=500")["items"] if r["trigger"] == "catch_up"]
        assert len(caught) == 1
        _assert_no_gap_and_no_overlap(service)


def test_a_stopped_service_lets_its_run_finish_within_the_drain_time(tmp_path: Path) -> None:
    slow = command_job("slow", "python3", "-c", "import time; time.sleep(2); print('done')")
    with serving(tmp_path, {"slow.yaml": slow}, TASKS_DRAIN_SECONDS="20") as service:
        run_id = service.post("/api/jobs/slow/run", expect=202)["id"]
        wait_for("the start", lambda: service.get(f"/api/runs/{run_id}")["state"] == "running")

        assert service.stop() == 0

        service.start()
        run = service.get(f"/api/runs/{run_id}")
        assert (run["state"], run["error"]) == ("succeeded", None)


def test_a_second_process_on_the_same_database_does_not_lead(tmp_path: Path) -> None:
    with serving(tmp_path, {"job.yaml": command_job("job", "true")}) as first:
        second = Service(tmp_path, {"DATABASE_URL": place_of(tmp_path)})
        try:
            second.start()
            leaders = {s.get("/api/scheduler/info")["leader"]["pid"] for s in (first, second)}
            assert leaders == {first.pid}
        finally:
            second.stop()


def _rows_between(service: Service, start: datetime, end: datetime) -> list[dict[str, str]]:
    rows = service.get("/api/jobs/job/occurrences?limit=500")["items"]
    return [r for r in rows if _time(r["until"]) >= start and _time(r["due_at"]) <= end]


def _assert_no_gap_and_no_overlap(service: Service) -> None:
    """While the interval was one second, rows follow each other second by second."""
    rows = service.get("/api/jobs/job/occurrences?limit=500")["items"]
    rows = sorted((r for r in rows if not r["slot"].startswith("manual")), key=lambda r: r["due_at"])
    for row, after in pairwise(rows):
        step = (_time(after["due_at"]) - _time(row["until"])).total_seconds()
        assert step in (1.0, 2.0), (row, after)


def _runs(service: Service, job_id: str, state: str) -> list[dict[str, str]]:
    return [r for r in service.get(f"/api/jobs/{job_id}/runs?limit=100")["items"] if r["state"] == state]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _marked(marker: str) -> list[int]:
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if marker in " ".join(process.info["cmdline"] or []) and process.pid != os.getpid()
    ]
