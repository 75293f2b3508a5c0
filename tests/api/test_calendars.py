"""Calendars over HTTP: what they hold, who refers to them, and what they leave out."""

from datetime import UTC, datetime, timedelta

from builders import make_sourced
from calendar_builders import make_sourced_calendar
from house import COMMAND, House

TODAY = datetime.now(UTC).date()
EVERY_HOUR = {"trigger": "cron", "expression": "0 * * * *"}
OFF = {"from": str(TODAY), "to": str(TODAY + timedelta(days=2)), "label": "Off"}
REASON = f"closed: Off, {OFF['from']} to {OFF['to']}"


def furnish(house: House) -> None:
    """A calendar that closes today and the two days after, and a job that refers to it."""
    house.commit(
        make_sourced(schedule=EVERY_HOUR | {"skip_during": ["closed"]}),
        calendars=(make_sourced_calendar("closed", ranges=[OFF], description="Nobody is here."),),
    )


def test_a_calendar_is_read_with_its_entries_and_its_jobs(house: House) -> None:
    furnish(house)

    listed = house.client.get("/api/calendars").json()
    read = house.client.get("/api/calendars/CLOSED").json()

    assert (listed["total"], listed["items"]) == (1, [read])
    assert (read["calendar_id"], read["description"], read["jobs"]) == ("closed", "Nobody is here.", ["nightly"])
    assert (read["file"], read["line"], read["kept"], read["problems"]) == ("closed.yaml", 1, "", [])
    (entry,) = read["entries"]
    assert (entry["label"], entry["begin"]) == ("Off", f"{TODAY}T00:00:00Z")
    assert f"closed: {entry['words']}" == REASON
    assert read["document"]["ranges"] == [OFF]


def test_an_unknown_calendar_is_404_with_the_nearest_name(house: House) -> None:
    furnish(house)
    answer = house.client.get("/api/calendars/close")

    assert answer.status_code == 404
    assert answer.json()["hint"] == "did you mean 'closed'?"


def test_a_job_says_its_calendars_and_its_next_run_lies_after_them(house: House) -> None:
    furnish(house)
    job = house.client.get("/api/jobs/nightly").json()

    assert (job["skip_during"], job["only_during"]) == (["closed"], [])
    assert job["next_run_time"] == f"{TODAY + timedelta(days=3)}T00:00:00Z"


def test_a_preview_leaves_out_what_is_skipped_and_says_why(house: House) -> None:
    furnish(house)
    draft = {"schedule": EVERY_HOUR | {"skip_during": "closed"}, "count": 2, "after": f"{TODAY}T12:00:00Z"}
    seen = house.client.post("/api/preview", json=draft).json()

    third = TODAY + timedelta(days=3)
    assert seen["fires"] == [f"{third}T00:00:00Z", f"{third}T01:00:00Z"]
    assert seen["skipped"] == [
        {
            "first": f"{TODAY}T13:00:00Z",
            "until": f"{TODAY + timedelta(days=2)}T23:00:00Z",
            "count": 59,
            "reason": REASON,
        }
    ]


def test_a_job_that_refers_to_an_unknown_calendar_is_refused_with_the_nearest_name(house: House) -> None:
    furnish(house)
    wrong = COMMAND | {"schedule": EVERY_HOUR | {"only_during": ["closd"]}}

    created = house.client.post("/api/jobs", json=wrong)
    checked = house.client.post("/api/validate", json=wrong).json()
    preview = house.client.post("/api/preview", json={"schedule": wrong["schedule"]})

    assert (created.status_code, preview.status_code) == (422, 422)
    assert "calendar 'closd' is not known" in created.json()["detail"]
    (problem,) = checked["problems"]
    assert (checked["valid"], problem["rule"], problem["field"]) == (False, "JM051", "schedule.only_during[0]")
    assert problem["hint"] == "did you mean 'closed'?"


def test_a_job_of_the_api_may_refer_to_a_calendar_of_a_file(house: House) -> None:
    furnish(house)
    created = house.client.post("/api/jobs", json=COMMAND | {"schedule": EVERY_HOUR | {"skip_during": "Closed"}})

    assert created.status_code == 201
    assert house.client.get("/api/calendars/closed").json()["jobs"] == ["hello", "nightly"]


def test_a_sync_tells_what_it_did_to_calendars(house: House) -> None:
    furnish(house)
    last = house.client.get("/api/sync").json()["last"]

    assert [(a["verb"], a["calendar_id"], a["jobs"]) for a in last["actions"]] == [
        ("create", "closed", ["nightly"]),
        ("create", "", []),
    ]
    assert "Calendars: 1 to add." in last["summary"]
