"""Drafts over HTTP: preview and validate."""

import pytest
from house import COMMAND, USERS_CURL, House

YAML = {"Content-Type": "application/yaml"}


def test_a_schedule_is_told_in_words_and_fires(house: House) -> None:
    body = {
        "schedule": {"trigger": "cron", "expression": "0 2 * * *", "timezone": "Europe/Berlin"},
        "count": 3,
        "after": "2026-11-23T12:00:00Z",
    }

    answer = house.client.post("/api/preview", json=body).json()

    assert answer["fires"] == ["2026-11-24T01:00:00Z", "2026-11-25T01:00:00Z", "2026-11-26T01:00:00Z"]
    assert answer["timezone"] == "Europe/Berlin" and answer["words"]


def test_each_fire_is_told_on_the_clocks_of_job_and_viewer(house: House) -> None:
    schedule = {"trigger": "cron", "expression": "30 2 * * *", "timezone": "Europe/Berlin"}
    body = {"schedule": schedule, "count": 1, "after": "2027-03-27T12:00:00Z", "zone": "Asia/Tokyo"}

    told = house.client.post("/api/preview", json=body).json()

    assert told["times"] == [
        {
            "at": "2027-03-28T01:00:00Z",
            "local": "2027-03-28T03:00:00+02:00",
            "viewer": "2027-03-28T10:00:00+09:00",
            "note": "02:30 does not exist that day: runs at 03:00",
        }
    ]
    assert house.client.post("/api/preview", json={**body, "zone": "Asia/Tokio"}).status_code == 422


def test_the_fires_of_a_job_are_told_while_it_is_paused_too(house: House) -> None:
    house.create({**COMMAND, "schedule": {"trigger": "cron", "expression": "0 3 * * *", "timezone": "Asia/Tokyo"}})
    house.client.post("/api/jobs/hello/pause", json={"reason": "moving"})

    asked = {"count": 2, "after": "2026-11-23T12:00:00Z", "zone": "UTC"}
    told = house.client.get("/api/jobs/hello/preview", params=asked).json()

    assert told["timezone"] == "Asia/Tokyo" and told["words"]
    assert told["fires"] == ["2026-11-23T18:00:00Z", "2026-11-24T18:00:00Z"]
    assert [t["viewer"] for t in told["times"]] == ["2026-11-23T18:00:00+00:00", "2026-11-24T18:00:00+00:00"]
    assert told["times"][0]["local"] == "2026-11-24T03:00:00+09:00"
    assert house.client.get("/api/jobs/hello/preview", params={"count": 0}).status_code == 422
    assert house.client.get("/api/jobs/hello/preview", params={"zone": "nowhere"}).status_code == 422
    assert house.client.get("/api/jobs/nobody/preview").status_code == 404


def test_a_wrong_schedule_is_refused_with_findings(house: House) -> None:
    answer = house.client.post("/api/preview", json={"schedule": {"trigger": "cron", "expression": "61 * * * *"}})

    assert answer.status_code == 422
    assert answer.json()["diagnostics"][0]["field"].startswith("schedule")


@pytest.mark.parametrize("body", [{}, {"schedule": []}, {"schedule": {}, "count": 0}, {"schedule": {}, "cout": 1}])
def test_a_wrong_question_is_refused(house: House, body: dict[str, object]) -> None:
    assert house.client.post("/api/preview", json=body).status_code == 422


def test_a_draft_in_json_is_judged_without_being_stored(house: House) -> None:
    good = house.client.post("/api/validate", json=USERS_CURL).json()
    bad = house.client.post("/api/validate", json={**COMMAND, "job_type": "comand"}).json()

    assert (good["valid"], good["manifest"]["job_id"]) == (True, "daily_user_sync")
    assert "job_id: daily_user_sync" in good["yaml"]
    assert bad["valid"] is False and bad["problems"][0]["field"] == "job_type"
    assert house.client.get("/api/jobs").json()["total"] == 0


def test_a_draft_in_yaml_is_judged_with_lines_and_columns(house: House) -> None:
    text = "job_id: a\njob_type: command\nshedule: {trigger: cron, expression: '@daily'}\n"

    answer = house.client.post("/api/validate", content=text, headers=YAML).json()

    assert answer["valid"] is False
    places = {(p["line"], p["column"]) for p in answer["problems"]}
    assert (3, 1) in places


def test_broken_text_is_a_verdict_and_never_a_failure(house: House) -> None:
    for text in (b"a: [", b"a: 1\na: 2", b"[" * 5000, b"- x", b"&a [*a]"):
        answer = house.client.post("/api/validate", content=text, headers=YAML)
        assert (answer.status_code, answer.json()["valid"]) == (200, False), text[:20]


def test_text_that_is_not_utf_8_is_refused(house: House) -> None:
    assert house.client.post("/api/validate", content=b"\xff\xfe", headers=YAML).status_code == 422
