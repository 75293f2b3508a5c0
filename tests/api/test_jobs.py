"""Jobs over HTTP."""

from house import METRICS_CURL, USERS_CURL, House


def test_both_curl_bodies_of_the_original_readme_create_jobs(house: House) -> None:
    users = house.client.post("/api/jobs", json=USERS_CURL)
    metrics = house.client.post("/api/jobs", json=METRICS_CURL)

    assert (users.status_code, metrics.status_code) == (201, 201)
    assert users.headers["location"] == "/api/jobs/daily_user_sync"
    assert users.json()["parameters"]["user_types"] == ["member", "admin"]
    assert metrics.json()["job_id"].startswith("metrics_collection")
    assert house.client.get(metrics.headers["location"]).json()["trigger"] == "interval"
