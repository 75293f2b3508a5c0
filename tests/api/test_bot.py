"""The embedded bot API over HTTP."""

import pytest
from house import House

USERS = {"users": [{"id": "U1", "name": "ann"}, {"id": "U2", "name": "bob", "email": "b@x.org"}], "job_id": "users"}
METRICS = {
    "job_id": "figures",
    "job_type": "metrics_collection",
    "metrics": {"usage": {"runs": 3}},
    "collection_time": "2026-11-23T12:00:00+00:00",
}


def test_users_are_stored_once_per_key(house: House) -> None:
    body = {**USERS, "run_id": "r", "job_type": "slack_user_import", "batch": 1, "batches": 1}

    answers = [house.client.post("/api/users/import", json=body, headers={"Idempotency-Key": "b1"}) for _ in range(2)]

    assert [(a.status_code, a.json()) for a in answers] == [(200, {"processed_count": 2})] * 2
    stored = house.client.get("/api/users").json()
    assert stored["total"] == 2
    assert [user["name"] for user in stored["items"]] == ["ann", "bob"]
    assert stored["items"][1]["email"] == "b@x.org"


def test_collections_are_stored_and_listed(house: House) -> None:
    answer = house.client.post("/api/metrics/store", json=METRICS)

    assert answer.status_code == 200
    stored = house.client.get("/api/metrics/stored").json()
    assert [(item["job_id"], item["metrics"]) for item in stored["items"]] == [("figures", METRICS["metrics"])]
    assert stored["items"][0]["collected_at"] == "2026-11-23T12:00:00Z"


@pytest.mark.parametrize(
    "path",
    [
        "/api/metrics/usage?hours=24&include_details=true",
        "/api/metrics/performance?hours=1&include_system=true",
        "/api/metrics/errors?hours=24&severity=warning,error,critical",
    ],
)
def test_figures_are_measured(house: House, path: str) -> None:
    answer = house.client.get(path)

    assert answer.status_code == 200
    for figure in answer.json()["data"]:
        assert set(figure) == {"timestamp", "name", "value", "unit", "labels"}


def test_host_figures_are_among_them(house: House) -> None:
    names = {figure["name"] for figure in house.client.get("/api/metrics/performance").json()["data"]}

    assert "cpu_percent" in names


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/metrics/slack", 404),
        ("/api/metrics/usage?hours=0", 422),
        ("/api/metrics/usage?hours=99999", 422),
        ("/api/metrics/store", 405),
    ],
)
def test_what_cannot_be_answered_is_refused(house: House, path: str, status: int) -> None:
    assert house.client.get(path).status_code == status


@pytest.mark.parametrize(
    "body",
    [
        {"users": [{"name": "no id"}], "job_id": "users"},
        {"users": "U1", "job_id": "users"},
        {"users": [{"id": 5}], "job_id": "users"},
        {"job_id": "users"},
    ],
)
def test_a_malformed_batch_is_refused(house: House, body: dict[str, object]) -> None:
    assert house.client.post("/api/users/import", json=body).status_code == 422


@pytest.mark.parametrize("time", ["yesterday", "0001-01-01T00:00:00+14:00", 5])
def test_a_malformed_collection_time_is_refused(house: House, time: object) -> None:
    assert house.client.post("/api/metrics/store", json={**METRICS, "collection_time": time}).status_code == 422
