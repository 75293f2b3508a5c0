"""Pause and resume over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
from builders import make_sourced
from house import COMMAND, House


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


@pytest.mark.parametrize("content_type", [None, "application/json", "application/x-www-form-urlencoded", "text/plain"])
def test_a_bare_post_pauses_and_resumes(house: House, content_type: str | None) -> None:
    house.create()
    headers = {"Content-Type": content_type} if content_type else {}

    paused = house.client.post("/api/jobs/hello/pause", headers=headers)
    while_paused = house.client.get("/api/jobs/hello").json()
    resumed = house.client.post("/api/jobs/hello/resume", headers=headers)

    assert (paused.status_code, resumed.status_code) == (200, 200)
    assert (while_paused["activity"], while_paused["paused"], while_paused["next_run_time"]) == ("Paused", True, None)
    assert while_paused["override"]["actor"] == "anonymous@testclient"
    assert house.client.get("/api/jobs/hello").json()["activity"] == "Active"


def test_a_pause_keeps_reason_actor_and_end(house: House) -> None:
    house.create()
    until = in_days(2)

    answer = house.client.post(
        "/api/jobs/hello/pause", json={"reason": "vendor outage", "actor": "bob", "until": until}
    )

    override = answer.json()["override"]
    assert (override["kind"], override["reason"], override["actor"]) == ("pause", "vendor outage", "bob")
    assert datetime.fromisoformat(override["until"]) == datetime.fromisoformat(until)
    assert [item["job_id"] for item in house.client.get("/api/overrides").json()["items"]] == ["hello"]


def test_repeating_a_pause_changes_nothing(house: House) -> None:
    house.create()
    house.client.post("/api/jobs/hello/pause", json={"reason": "first"})

    again = house.client.post("/api/jobs/hello/pause", json={"reason": "second"})

    assert again.status_code == 200
    assert (again.json()["changed"], again.json()["override"]["reason"]) == (False, "first")


def test_a_dry_run_tells_what_is_skipped_and_pauses_nothing(house: House) -> None:
    house.create()

    answer = house.client.post("/api/jobs/hello/pause", json={"dry_run": True, "until": in_days(3)}).json()

    assert answer["dry_run"] is True and len(answer["skipped"]) == 3
    assert answer["message"] == "job hello would be paused"
    assert house.client.get("/api/jobs/hello").json()["activity"] == "Active"


def test_a_job_that_its_file_suspends_is_resumed_by_force_only(house: House) -> None:
    house.commit(make_sourced("nightly", suspend=True, suspend_reason="no token"))

    plain = house.client.post("/api/jobs/nightly/resume")
    forced = house.client.post(
        "/api/jobs/nightly/resume", json={"force": True, "reason": "one week only", "until": in_days(6)}
    )

    assert plain.status_code == 409 and "nightly.yaml" in plain.json()["error"]
    assert forced.status_code == 200
    assert house.client.get("/api/jobs/nightly").json()["override"]["kind"] == "resume"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reson": "typo"}, "reson"),
        ({"until": "tomorrow"}, "until"),
        ({"until": "2026-12-24T18:00:00"}, "until"),
        ({"until": "9999-12-31T23:59:59-12:00"}, "until"),
        ({"dry_run": "yes"}, "dry_run"),
        ({"reason": None}, "reason"),
        ({"actor": "two\nlines"}, "actor"),
    ],
)
def test_a_wrong_body_is_refused_with_its_field(house: House, body: dict[str, object], field: str) -> None:
    house.create()

    answer = house.client.post("/api/jobs/hello/pause", json=body)

    assert answer.status_code == 422
    assert [d["field"] for d in answer.json()["diagnostics"]] == [field]


def test_an_end_in_the_past_is_refused(house: House) -> None:
    house.create()

    answer = house.client.post("/api/jobs/hello/pause", json={"until": "2020-01-01T00:00:00Z"})

    assert answer.status_code == 422


def test_who_holds_the_key_is_the_actor_whatever_the_body_claims(locked: House) -> None:
    locked.client.headers["X-API-Key"] = "a-key-of-some-length"
    locked.create(COMMAND)

    answer = locked.client.post("/api/jobs/hello/pause", json={"actor": "somebody else"})

    assert answer.json()["override"]["actor"] == "admin"
