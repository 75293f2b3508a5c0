"""The timeline and the simulation over HTTP."""

from datetime import datetime, timedelta

from house import COMMAND, House

from tasks_service.core.run import RunState

EVERY_FIVE_MINUTES = {"trigger": "cron", "expression": "*/5 * * * *"}


def test_the_days_ahead_are_simulated_with_the_live_jobs(house: House) -> None:
    long = {"policy": {"timeout": "2h"}, "schedule": EVERY_FIVE_MINUTES, "expect": {"max_runtime": "6m"}}
    house.create(COMMAND | long)

    answer = house.client.get("/api/simulation", params={"days": 1, "slots": 2}).json()

    [job] = answer["jobs"]
    assert (job["job_id"], job["estimate"]["assumed"], job["estimate"]["seconds"]) == ("hello", True, 360.0)
    assert "expect.max_runtime" in job["estimate"]["source"]
    assert sum(job["fires"]) == 288 and job["runs"] == job["left_out"]["skipped_overlap"] == 144
    assert (answer["slots"], answer["load"]["peak"], answer["need"], answer["cuts"]) == (
        2,
        1,
        {"slots": 1, "longest": 0.0},
        [],
    )
    first = answer["left_out"][0]
    assert datetime.fromisoformat(first["due_at"]) - datetime.fromisoformat(first["blocked_by"]) == timedelta(minutes=5)


def test_a_paused_job_is_simulated_as_paused(house: House) -> None:
    house.create(COMMAND | {"schedule": EVERY_FIVE_MINUTES})
    assert house.client.post("/api/jobs/hello/pause", json={"reason": "vendor outage"}).status_code == 200

    [job] = house.client.get("/api/simulation", params={"days": 1}).json()["jobs"]

    assert (job["runs"], job["left_out"]) == (0, {"skipped_paused": 288})


def test_the_timeline_shows_what_was_what_is_and_what_comes(house: House) -> None:
    house.create(COMMAND | {"schedule": {"trigger": "cron", "expression": "0 */6 * * *"}})
    ended = house.start_run("hello")
    house.end_run(ended, RunState.FAILED)
    under_way = house.start_run("hello")

    answer = house.client.get("/api/timeline", params={"hours": 24}).json()

    [row] = answer["rows"]
    marks = [(mark["kind"], mark["state"], mark["run_id"]) for mark in row["marks"]]
    assert marks[:2] == [("run", "failed", ended), ("running", "running", under_way)]
    assert marks[2:] == [("upcoming", "expected", "")] * 4
    assert row["buckets"] == [] and answer["rows_left_out"] == 0 and not answer["past_cut"]


def test_a_job_with_too_many_marks_is_counted_in_buckets(house: House) -> None:
    house.create(COMMAND | {"schedule": EVERY_FIVE_MINUTES})

    [row] = house.client.get("/api/timeline", params={"hours": 24}).json()["rows"]

    assert row["marks"] == []
    assert sum(bucket["states"].get("expected", 0) for bucket in row["buckets"]) == 288


def test_a_job_that_fires_every_second_is_cut_and_the_answer_says_so(house: House) -> None:
    house.create(COMMAND | {"schedule": {"trigger": "interval", "seconds": 1}, "expect": {"max_runtime": "30s"}})

    answer = house.client.get("/api/timeline", params={"hours": 24}).json()

    [cut] = answer["cuts"]
    assert (cut["job_id"], cut["fires_left_out"] > 60_000) == ("hello", True)


def test_a_window_that_is_too_wide_is_refused(house: House) -> None:
    for path in ("/api/timeline?hours=1000", "/api/simulation?days=0", "/api/simulation?measure=p99"):
        assert house.client.get(path).status_code == 422
