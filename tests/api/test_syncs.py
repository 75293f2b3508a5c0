"""Syncs over HTTP."""

from builders import make_sourced
from house import House, wait_for


def test_the_sync_status_tells_revision_sources_and_problems(house: House) -> None:
    house.commit(make_sourced("nightly"))
    house.commit(make_sourced("nightly"), broken="other.yaml")

    answer = house.client.get("/api/sync").json()

    assert answer["status"] in {"Invalid", "OutOfSync", "Synced", "Blocked"}
    assert "directory" in [source["name"] for source in answer["sources"]]
    assert [(p["file"], p["line"], p["since"] > "2020") for p in answer["problems"]] == [("other.yaml", 3, True)]


def test_a_sync_is_requested_by_a_bare_post(house: House) -> None:
    answer = house.client.post("/api/sync")

    assert answer.status_code == 202
    assert "status" in answer.json()


def test_held_deletions_are_carried_out_once_their_plan_is_confirmed(house: House) -> None:
    house.commit(*[make_sourced(f"job-{n}") for n in range(6)])
    house.commit(make_sourced("job-0"))
    held = house.client.get("/api/sync").json()
    assert held["status"] == "Blocked"
    assert house.client.get("/api/jobs").json()["total"] == 6

    answer = house.client.post("/api/sync", json={"confirm": held["last"]["plan_id"]})

    assert answer.status_code == 202
    wait_for("the deletions", lambda: house.client.get("/api/jobs").json()["total"] == 1)


def test_a_plan_id_has_the_form_of_one(house: House) -> None:
    assert house.client.post("/api/sync", json={"confirm": "everything"}).status_code == 422


def test_distinct_results_are_listed_newest_first(house: House) -> None:
    house.commit(make_sourced("nightly"))
    house.commit(make_sourced("nightly"), make_sourced("weekly"))

    items = house.client.get("/api/syncs").json()["items"]

    assert [action["job_id"] for action in items[0]["actions"]] == ["weekly"]
    assert items[0]["sync_id"] > items[1]["sync_id"]
