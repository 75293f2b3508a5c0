"""What becomes of a fire while the run before it is still under way: real runs of a real service."""

from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from running import Service, command_job, wait_for

EVERY_TWO_SECONDS = '{"trigger": "interval", "seconds": 2}'


def runs_of(service: Service, job_id: str) -> list[dict[str, Any]]:
    """Oldest first."""
    items = service.get(f"/api/jobs/{job_id}/runs?limit=200")["items"]
    return sorted(items, key=lambda run: run["due_at"])


def side_by_side(runs: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Runs of which one began before the one before it had ended."""
    begun = [run for run in runs if run["started_at"]]
    return [
        (a["id"], b["id"])
        for a, b in pairwise(begun)
        if a["finished_at"] is None
        or datetime.fromisoformat(b["started_at"]) < datetime.fromisoformat(a["finished_at"])
    ]


@pytest.mark.timeout(120)
def test_a_run_is_waited_for_or_ended_as_overlap_says_and_no_two_are_side_by_side(tmp_path: Path) -> None:
    service = Service(tmp_path)
    service.write(
        "jobs.yaml",
        "---\n".join(
            [
                command_job("queue", "sleep", "5", schedule=EVERY_TWO_SECONDS, policy={"overlap": "queue"}),
                command_job(
                    "newest",
                    *("sleep", "60"),
                    schedule=EVERY_TWO_SECONDS,
                    policy={"overlap": "cancel_previous", "retry": {"attempts": 3, "past_next_fire": True}},
                ),
            ]
        ),
    )
    try:
        service.start()

        def enough() -> bool:
            ended = [run for run in runs_of(service, "newest") if run["state"] == "cancelled"]
            done = [run for run in runs_of(service, "queue") if run["state"] == "succeeded"]
            return len([run for run in ended if run["started_at"]]) >= 3 and len(done) >= 2

        wait_for("three ended runs and two that were waited for", enough, 60)
        queue, newest = runs_of(service, "queue"), runs_of(service, "newest")
        ledger = service.get("/api/jobs/queue/occurrences?limit=200")["items"]
    finally:
        service.stop()
    assert side_by_side(queue) == side_by_side(newest) == []
    assert {run["attempt"] for run in newest} == {1}
    assert any("takes its place (policy.overlap: cancel_previous)" in str(run["error"]) for run in newest)
    assert any(row["outcome"] == "skipped_overlap" and "queue holds one" in row["reason"] for row in ledger)
