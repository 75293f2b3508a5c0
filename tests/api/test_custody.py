"""Hold, pin, release, overrides of many jobs, and adoption over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from builders import make_sourced
from house import COMMAND, House, wait_for

UNTIL = (datetime.now(UTC) + timedelta(days=2)).isoformat()
TEXT = """\
# The nightly export.
job_id: nightly
job_type: command
parameters: {argv: ["true"]}
# Not before the backup.
schedule: {trigger: cron, expression: "0 3 * * *"}
"""


def post(house: House, path: str, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = house.client.post(f"/api/{path}", json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_hold_keeps_a_change_of_the_file_away_and_names_itself(house: House) -> None:
    house.commit_job()

    held = post(house, "jobs/nightly/hold", reason="vendor outage", actor="ann", until=UNTIL)
    again = post(house, "jobs/nightly/hold", actor="bob")
    house.commit_job(description="new")
    job = house.client.get("/api/jobs/nightly").json()

    assert (held["message"], held["changed"], again["changed"]) == ("job nightly was held", True, False)
    assert (job["description"], job["sync"], job["kept"]["kind"]) == ("", "Blocked", "hold")
    assert job["sync_reason"].startswith("held by ann until ") and ": vendor outage; revision r" in job["sync_reason"]
    assert 0 < job["kept"]["expires_in"] <= 2 * 86400
    assert house.client.get("/api/sync").json()["status"] == "Blocked"

    released = post(house, "jobs/nightly/release", kind="hold")
    assert (released["message"], released["changed"]) == ("job nightly was released", True)
    assert post(house, "jobs/nightly/release", kind="hold")["changed"] is False
    wait_for("the change", lambda: house.client.get("/api/jobs/nightly").json()["description"] == "new")


def test_a_pin_runs_an_older_revision_and_refuses_an_unknown_one(house: House) -> None:
    house.commit_job(description="old")
    [first] = house.panel.override_desk.revisions("nightly")
    house.commit_job(description="new")

    unknown = post(house, "jobs/nightly/pin", 422, revision="nonsense", until=UNTIL)
    endless = post(house, "jobs/nightly/pin", 422, revision=first.revision)
    would = post(house, "jobs/nightly/pin", revision=first.revision, until=UNTIL, dry_run=True)
    post(house, "jobs/nightly/pin", revision=first.revision, until=UNTIL, reason="it worked then")

    assert first.revision in unknown["hint"] and "TASKS_OVERRIDE_DAYS" in endless["hint"]
    assert (would["message"], would["override"]) == ("job nightly would be pinned", None)
    wait_for("the older version", lambda: house.client.get("/api/jobs/nightly").json()["description"] == "old")
    job = house.client.get("/api/jobs/nightly").json()
    assert (job["revision"], job["kept"]["revision"]) == (first.revision, first.revision)


def test_overrides_of_many_jobs_are_put_listed_and_ended(house: House) -> None:
    house.commit(make_sourced("a", labels={"vendor": "acme"}), make_sourced("b"))

    would = post(house, "overrides", kind="pause", scope={"labels": {"vendor": "acme"}}, dry_run=True)
    put = post(house, "overrides", kind="pause", scope={"labels": {"vendor": "acme"}}, reason="outage", until=UNTIL)
    again = post(house, "overrides", kind="pause", scope={"labels": {"vendor": "acme"}})
    post(house, "overrides", kind="hold", scope={"all": True}, actor="ann")
    post(house, "overrides", kind="pause", scope={"job_id": "b"}, reason="mine")

    assert would["message"] == "jobs with vendor=acme: pause would be in force"
    assert (put["changed"], again["changed"], put["override"]["jobs"]) == (True, False, 1)
    items = house.client.get("/api/overrides").json()["items"]
    assert [item["scope"]["words"] for item in items] == ["jobs with vendor=acme", "all jobs", "b"]
    assert [item["kind"] for item in items] == ["pause", "hold", "pause"]
    assert [item["job_id"] for item in house.client.get("/api/overrides?debt=true").json()["items"]] == [""]
    assert house.client.get("/api/jobs/a").json()["paused"] is True
    told = {item.title: item.reason for item in house.panel.status.attention()}
    assert told["all jobs"].endswith("; it has no reason") and "outage" in told["jobs with vendor=acme"]

    number = put["override"]["override_id"]
    ended = house.client.delete(f"/api/overrides/{number}", params={"reason": "they are back"})
    over = house.client.delete(f"/api/overrides/{number}")
    assert (ended.status_code, ended.json()["changed"], over.json()["changed"]) == (200, True, False)
    assert house.client.get("/api/jobs/a").json()["paused"] is False
    audits = house.client.get("/api/audit").json()["items"]
    assert {"override.pause", "override.hold", "override.end", "job.pause"} <= {a["action"] for a in audits}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "hold"}, "scope"),
        ({"kind": "hold", "scope": {}}, "scope"),
        ({"kind": "hold", "scope": {"all": True, "job_id": "a"}}, "scope"),
        ({"kind": "hold", "scope": {"labels": {}}}, "scope.labels"),
        ({"kind": "resume", "scope": {"all": True}}, "kind"),
        ({"kind": "hold", "scope": {"all": True}, "revision": "abc1"}, ""),
        ({"kind": "hold", "scope": {"all": True}, "until": "2020-01-01T00:00:00Z"}, ""),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(house: House, body: dict[str, Any], field: str) -> None:
    answer = post(house, "overrides", 422, **body)
    assert answer["error"]
    assert field in str(answer)


@pytest.mark.parametrize("number", ["99", "x", "-1", "9" * 40])
def test_an_override_that_is_not_there_is_not_found(house: House, number: str) -> None:
    assert house.client.delete(f"/api/overrides/{number}").status_code == 404


def test_a_pause_is_adopted_as_a_patch_that_keeps_comments(house: House) -> None:
    house.source.texts["nightly.yaml"] = TEXT
    house.commit_job()
    assert house.client.get("/api/jobs/nightly/adopt").status_code == 409

    post(house, "jobs/nightly/pause", reason="vendor outage")
    adopted = house.client.get("/api/jobs/nightly/adopt").json()

    assert (adopted["path"], adopted["line"]) == ("nightly.yaml", 2)
    assert adopted["patch"].splitlines()[:2] == ["--- a/nightly.yaml", "+++ b/nightly.yaml"]
    added = [line for line in adopted["patch"].splitlines()[2:] if line[0] in "+-"]
    assert added == ["+suspend: true", "+suspend_reason: vendor outage"]
    assert adopted["text"].startswith("# The nightly export.") and "# Not before the backup." in adopted["text"]


def test_a_forced_resume_and_a_pin_are_adopted_too(house: House) -> None:
    house.source.texts["nightly.yaml"] = TEXT + "suspend: true\nsuspend_reason: no token\n"
    house.commit_job(description="old", schedule={"trigger": "cron", "expression": "0 5 * * *", "timezone": "UTC"})
    [first] = house.panel.override_desk.revisions("nightly")
    house.commit_job(suspend=True, suspend_reason="no token")
    post(house, "jobs/nightly/resume", force=True, reason="try", until=UNTIL)
    assert [line for line in adopt(house) if line[0] in "+-"] == ["-suspend: true", "-suspend_reason: no token"]

    post(house, "jobs/nightly/pin", revision=first.revision, until=UNTIL)
    assert "+description: old" in adopt(house)


def adopt(house: House) -> list[str]:
    answer = house.client.get("/api/jobs/nightly/adopt")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["patch"]).splitlines()[2:]


def test_an_api_owned_job_is_told_how_it_changes(house: House) -> None:
    house.create(COMMAND)
    for path in ("hold", "pin"):
        refused = post(house, f"jobs/hello/{path}", 409, until=UNTIL, **({"revision": "abc1"} if path == "pin" else {}))
        assert "PUT /api/jobs/hello" in refused["hint"]
    post(house, "jobs/hello/pause")
    refused = house.client.get("/api/jobs/hello/adopt")
    assert refused.status_code == 409 and "PUT /api/jobs/hello" in refused.json()["hint"]


def test_a_rename_shows_in_the_record_and_at_both_names(house: House) -> None:
    house.commit_job("before")
    house.commit_job("after", previous_ids=["before"])

    job = house.client.get("/api/jobs/after").json()
    gone = house.client.get("/api/jobs/before")

    assert job["previous_ids"] == ["before"]
    assert gone.status_code == 404 and "'after' now" in gone.json()["hint"]
    record = house.client.get("/api/syncs").json()["items"][0]
    assert [(a["verb"], a["before"], a["job_id"]) for a in record["actions"]] == [("rename", "before", "after")]
    assert "1 to rename" in record["summary"]
