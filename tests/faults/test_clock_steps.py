"""A wall clock that is set by two hours while a real service runs: nothing fires twice, and nothing is silent."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from faketime import SetClock
from running import Service, command_job, serving, wait_for

pytestmark = [pytest.mark.fault, pytest.mark.timeout(300)]

PERIOD = timedelta(seconds=1)
PATIENCE = 60.0
"""Seconds for what comes at once on a quiet machine: each look at a faked clock is slow, and jobs run every second."""
EVERY_SECOND = "{trigger: interval, seconds: 1}"


@pytest.fixture
def clock(tmp_path: Path) -> SetClock:
    return SetClock(tmp_path)


@pytest.fixture
def service(tmp_path: Path, clock: SetClock) -> Iterator[Service]:
    """A service by that clock, on SQLite, with a job that writes down the due time of each of its starts."""
    job = command_job("job", "sh", "-c", f'echo "$TASKS_DUE_AT" >> {tmp_path}/starts', schedule=EVERY_SECOND)
    database = f"sqlite:///{tmp_path}/tasks.db"
    with serving(tmp_path, {"job.yaml": job}, DATABASE_URL=database, **clock.environment) as service:
        wait_for("a first run", lambda: starts(service))
        yield service


def starts(service: Service) -> list[str]:
    log = service.folder / "starts"
    return log.read_text().split() if log.exists() else []


def rows(service: Service, job_id: str = "job") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = service.get(f"/api/jobs/{job_id}/occurrences?limit=500")["items"]
    return found


def slots(service: Service) -> Counter[datetime]:
    """How often each slot of the job is covered by a row."""
    found: Counter[datetime] = Counter()
    for row in rows(service):
        if row["trigger"] == "manual":
            continue
        due, until = (datetime.fromisoformat(row[key]) for key in ("due_at", "until"))
        assert (until - due) / PERIOD == row["count"] - 1
        found.update(due + n * PERIOD for n in range(row["count"]))
    return found


def assert_each_slot_once(service: Service) -> None:
    covered = slots(service)
    assert [slot for slot, times in covered.items() if times > 1] == []
    assert len(covered) == (max(covered) - min(covered)) / PERIOD + 1
    assert [due for due, times in Counter(starts(service)).items() if times > 1] == []


def test_forward_and_back_by_two_hours(service: Service, clock: SetClock) -> None:
    begun = datetime.now(UTC)
    clock.put(2)
    ahead = begun + timedelta(hours=2)
    wait_for(
        "runs in the time ahead", lambda: datetime.fromisoformat(starts(service)[-1]) > ahead + 2 * PERIOD, PATIENCE
    )
    assert_each_slot_once(service)

    clock.put(0)
    told = wait_for("the word about it", lambda: service.get("/api/scheduler/info")["clock_back"], PATIENCE)
    settled = datetime.fromisoformat(told["settled_until"])
    known = slots(service)
    assert timedelta(0) <= settled - max(known) < timedelta(seconds=30)
    assert told["by_seconds"] == pytest.approx(-7200, abs=2)
    health = service.get("/health")
    assert (health["status"], health["scheduler_running"]) == ("degraded", True)
    assert any("put back by 2h" in warning for warning in health["warnings"])
    assert "clock.stepped" in service.log.read_text()

    service.write("new.yaml", command_job("new", "true", schedule=EVERY_SECOND))
    service.wait_for_job("new")
    wait_for(
        "a new job to run on time", lambda: len([row for row in rows(service, "new") if row["runs"]]) >= 2, PATIENCE
    )
    service.run_to_end("job")
    wait_for("a timer that looks", lambda: (service.get("/api/scheduler/info")["tick_age"] or 9) < 5, PATIENCE)
    assert slots(service) == known

    service.kill()
    service.start()
    told_again = service.get("/api/scheduler/info")["clock_back"]["settled_until"]
    assert datetime.fromisoformat(told_again) == max(known), "the ledger remembers what the process has forgotten"

    clock.put(2)
    wait_for("runs once the clock has passed it", lambda: max(slots(service)) > max(known) + PERIOD, PATIENCE)
    assert service.get("/api/scheduler/info")["clock_back"] is None
    assert_each_slot_once(service)
