"""Scrapes of a real service: real runs of every outcome, a kill, a restart, and what Prometheus makes of it."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from promtool import promtool
from running import Service, command_job, serving, wait_for
from scraping import Scrape

EVERY_SECOND = "{trigger: interval, seconds: 1}"
JOBS = {
    "good.yaml": command_job("good", "true"),
    "bad.yaml": command_job("bad", "false", policy={"retry": {"attempts": 2, "delay": "1s"}}),
    "slow.yaml": command_job("slow", "sleep", "60", policy={"timeout": "1s"}),
    "endless.yaml": command_job("endless", "sleep", "600"),
    "often.yaml": command_job("often", "true", schedule=EVERY_SECOND),
    "paused.yaml": command_job("paused", "true", schedule=EVERY_SECOND),
}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with serving(tmp_path, JOBS) as running:
        yield running


def scrape(service: Service) -> Scrape:
    return Scrape(service.ask("GET", "/metrics").text)


def every(service: Service, path: str) -> list[dict[str, Any]]:
    """A whole list."""
    items: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = service.get(f"{path}{'&' if '?' in path else '?'}limit=500" + (f"&cursor={cursor}" if cursor else ""))
        items += page["items"]
        cursor = page["next_cursor"]
    return items


def runs_of(service: Service) -> dict[str, float]:
    ended = [run["state"] for run in every(service, "/api/runs") if run["state"] not in ("queued", "running")]
    return dict(Counter(ended))


def fires_of(service: Service) -> dict[str, float]:
    found: Counter[str] = Counter()
    for job in every(service, "/api/jobs"):
        for row in every(service, f"/api/jobs/{job['job_id']}/occurrences"):
            if row["outcome"]:
                found[row["outcome"]] += row["count"]
    return dict(found)


def stand_still(service: Service) -> None:
    """Nothing fires any more, and nothing is under way."""
    for job_id in ("often", "paused"):
        service.write(f"{job_id}.yaml", command_job(job_id, "true"))
    for job_id in ("often", "paused"):
        wait_for("the edit", lambda job_id=job_id: _trigger(service, job_id) == "cron")
    wait_for("rest", lambda: not every(service, "/api/runs?state=queued") + every(service, "/api/runs?state=running"))


def _trigger(service: Service, job_id: str) -> str:
    trigger: str = service.get(f"/api/jobs/{job_id}")["schedule"]["trigger"]
    return trigger


def test_counters_equal_the_ledger_and_outlive_a_kill(service: Service) -> None:
    service.post("/api/jobs/paused/pause")
    service.run_to_end("good")
    service.run_to_end("slow")
    service.run_to_end("bad")
    cancelled = service.post("/api/jobs/endless/run", expect=202)["id"]
    service.post(f"/api/runs/{cancelled}/cancel", expect=202)
    service.wait_for_run(cancelled)
    lost = service.post("/api/jobs/endless/run", expect=202)["id"]
    wait_for("the start", lambda: service.get(f"/api/runs/{lost}")["state"] == "running")
    wait_for("the second attempt", lambda: runs_of(service).get("failed") == 2)
    before = scrape(service)

    service.kill()
    service.start()
    service.wait_for_run(lost)
    first = scrape(service)
    stand_still(service)
    last = scrape(service)

    assert last.by("outcome", "tasks_runs_total", job_type="command") == runs_of(service)
    assert last.by("outcome", "tasks_occurrences_total", job_type="command") == fires_of(service)

    assert last.by("outcome", "tasks_runs_total").keys() == {"succeeded", "failed", "timed_out", "cancelled", "lost"}
    assert {"skipped_paused", "succeeded", "failed", "lost"} <= last.by("outcome", "tasks_occurrences_total").keys()
    for earlier, later in ((before, first), (first, last)):
        assert [s for s, value in earlier.counters().items() if later.values[s] < value] == []
    started = sum(last.by("outcome", "tasks_run_duration_seconds_count").values())
    measured = sum(last.by("job_type", "tasks_run_cpu_seconds_count").values())
    assert started >= measured > 0
    assert promtool("check", "metrics", text=last.text) == ""
