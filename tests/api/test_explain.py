"""The explanation over HTTP: sentences and data, and what it refuses."""

from datetime import UTC, datetime

import pytest
from builders import make_sourced
from house import COMMAND, KEY, House, wait_for

from tasks_service.core.run import RunError, RunState


def test_a_moment_is_explained_in_sentences_and_as_data(house: House) -> None:
    house.commit(make_sourced(schedule={"trigger": "cron", "expression": "0 3 * * *", "timezone": "America/New_York"}))

    told = house.client.get("/api/jobs/nightly/explain", params={"at": "2100-01-04T03:00"}).json()

    assert (told["verdict"], told["slot"], told["timezone"]) == ("upcoming", "2100-01-04T08:00:00Z", "America/New_York")
    assert told["local"] == "2100-01-04T03:00:00-05:00"
    assert told["sentences"][0] == "It is still to come. As things stand, it will start then."
    assert told["version"]["file"] == "nightly.yaml"
    assert told["version"]["manifest"]["schedule"]["expression"] == "0 3 * * *"
    assert told["prospect"] == {"outcome": None, "reason": "", "not_before": "2100-01-04T08:00:00Z"}
    assert told["leader"]["node"]
    assert (told["next_fire"], told["occurrence"], told["blame"]) == ("2100-01-05T08:00:00Z", None, None)


@pytest.mark.parametrize(
    "at",
    [
        "2100-01-04T02:00:00Z",
        "2100-01-04T03:00:00+01:00",
        "2100-01-04T03:00[Europe/Berlin]",
        "2100-01-04T03:00+01:00[Europe/Berlin]",
        "2100-01-04 02:00",
    ],
)
def test_a_moment_may_be_written_in_any_zone(house: House, at: str) -> None:
    house.commit(make_sourced())
    asked = house.client.get("/api/jobs/nightly/explain", params={"at": at})
    bare = house.client.get(f"/api/jobs/nightly/explain?at={at}")

    assert asked.json()["at"] == bare.json()["at"] == "2100-01-04T02:00:00Z"
    assert asked.json()["verdict"] == "upcoming"


def test_without_a_moment_it_is_about_now(house: House) -> None:
    house.commit(make_sourced())
    told = house.client.get("/api/jobs/nightly/explain").json()
    assert abs((datetime.fromisoformat(told["at"]) - datetime.now(UTC)).total_seconds()) < 30
    assert told["verdict"] in {"no_fire", "outcome"}


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("yesterday", "'yesterday' is no time"),
        ("2026-13-01", "'2026-13-01' is no time"),
        ("2026-03-08T02:30[Mars/Olympus]", "'Mars/Olympus' is no IANA time zone"),
        ("9999-01-01", "a time lies between the years 1971 and 2199"),
        ("2026-03-08T02:30[America/New_York", "is no time"),
    ],
)
def test_what_is_no_time_is_refused_with_a_sentence(house: House, at: str, said: str) -> None:
    house.commit(make_sourced())
    answer = house.client.get("/api/jobs/nightly/explain", params={"at": at})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["error"]


def test_an_unknown_job_is_404_with_a_hint_and_an_unknown_key_422(house: House) -> None:
    house.commit(make_sourced())
    answer = house.client.get("/api/jobs/nihgtly/explain")

    assert answer.status_code == 404
    assert "did you mean 'nightly'?" in answer.text
    assert house.client.get("/api/jobs/nightly/explain?when=now").status_code == 422


def test_a_deleted_job_is_explained(house: House) -> None:
    job_id = house.create()
    house.client.delete(f"/api/jobs/{job_id}")

    def deleted() -> bool:
        told = house.client.get(f"/api/jobs/{job_id}/explain?at=2100-01-01T03:00Z").json()
        return str(told["sentences"][0]).startswith("The job was not there: it was deleted at")

    wait_for("the deletion", deleted)


def test_reading_needs_the_key_where_there_is_one(locked: House) -> None:
    locked.commit(make_sourced())
    assert locked.client.get("/api/jobs/nightly/explain").status_code == 401
    assert locked.client.get("/api/jobs/nightly/explain", headers={"X-API-Key": KEY}).status_code == 200


def test_a_failing_job_names_the_change_to_blame_until_it_succeeds(house: House) -> None:
    job_id = house.create(COMMAND)
    house.end_run(house.start_run(job_id))
    assert house.client.get(f"/api/jobs/{job_id}").json()["blame"] is None
    before = house.panel.catalog.job(job_id).applied_at
    edit = {"parameters": {"argv": ["echo", "bye"], "env": {"API_TOKEN": "hunter22", "SIZE": "2"}}}
    assert house.client.put(f"/api/jobs/{job_id}", json=edit).status_code == 200
    wait_for("the edit", lambda: house.panel.catalog.job(job_id).applied_at != before)
    failed = house.start_run(job_id)
    house.end_run(failed, RunState.FAILED, error=RunError(type="ExitCode", message="1"))

    job = house.client.get(f"/api/jobs/{job_id}").json()
    attention = house.client.get("/api/stats").json()

    blame = job["blame"]
    assert blame["author"].startswith("anonymous")
    assert (blame["origin"], blame["file"], blame["first_failure"]) == ("api", None, failed)
    changes = {change["field"]: (change["before"], change["after"]) for change in blame["changes"]}
    assert changes == {
        "parameters.argv": ('["echo","hello"]', '["echo","bye"]'),
        "parameters.env.API_TOKEN": ("", "***"),
        "parameters.env.SIZE": ("", '"2"'),
    }
    assert "since the version by anonymous" in job["health_reason"]
    assert "since the version by anonymous" in str(attention)
    assert "hunter22" not in str(attention) + job["health_reason"]

    house.end_run(house.start_run(job_id))
    assert house.client.get(f"/api/jobs/{job_id}").json()["blame"] is None
