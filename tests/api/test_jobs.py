"""Jobs over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from builders import make_sourced
from house import COMMAND, METRICS_CURL, USERS_CURL, House

KEYS = (
    "id job_id name job_type schedule trigger parameters next_run_time sync activity health override last_run origin"
    " file revision"
)
"""What product rules promise of a job."""


def test_both_curl_bodies_of_the_original_readme_create_jobs(house: House) -> None:
    users = house.client.post("/api/jobs", json=USERS_CURL)
    metrics = house.client.post("/api/jobs", json=METRICS_CURL)

    assert (users.status_code, metrics.status_code) == (201, 201)
    assert users.headers["location"] == "/api/jobs/daily_user_sync"
    assert users.json()["parameters"]["user_types"] == ["member", "admin"]
    assert metrics.json()["job_id"].startswith("metrics_collection")
    assert house.client.get(metrics.headers["location"]).json()["trigger"] == "interval"


def test_a_job_shows_its_definition_and_its_three_states(house: House) -> None:
    house.create()

    job = house.client.get("/api/jobs/hello").json()

    assert set(KEYS.split()) <= job.keys()
    assert (job["sync"], job["activity"], job["health"]) == ("Synced", "Active", "NeverRan")
    assert (job["origin"], job["file"], job["id"]) == ("api", None, "hello")
    assert job["next_run_time"].endswith("03:00:00Z")
    assert job["schedule"]["expression"] == "0 3 * * *"


def test_jobs_are_listed_filtered_and_paged(house: House) -> None:
    house.commit(make_sourced("first"), make_sourced("second", owner="data"), make_sourced("third"))

    everything = house.client.get("/api/jobs").json()
    owned = house.client.get("/api/jobs", params={"owner": "data"}).json()
    page = house.client.get("/api/jobs", params={"limit": 2}).json()
    rest = house.client.get("/api/jobs", params={"limit": 2, "cursor": page["next_cursor"]}).json()

    assert (everything["total"], everything["next_cursor"]) == (3, None)
    assert [job["job_id"] for job in owned["items"]] == ["second"]
    assert [job["job_id"] for job in page["items"] + rest["items"]] == ["first", "second", "third"]
    assert rest["next_cursor"] is None


def test_a_mistyped_filter_is_an_error_and_not_an_empty_filter(house: House) -> None:
    answer = house.client.get("/api/jobs", params={"ownr": "data"})

    assert answer.status_code == 422
    assert "owner" in answer.json()["hint"]


def test_an_unknown_job_is_not_found_with_a_suggestion(house: House) -> None:
    house.create()

    answer = house.client.get("/api/jobs/helo")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "hello" in answer.json()["hint"]


def test_replacing_keeps_what_the_body_leaves_out(house: House) -> None:
    house.create({**COMMAND, "description": "Says hello."})

    answer = house.client.put("/api/jobs/hello", json={"parameters": {"argv": ["echo", "bye"]}})

    assert answer.status_code == 200
    job = house.client.get("/api/jobs/hello").json()
    assert job["parameters"]["argv"] == ["echo", "bye"]
    assert (job["description"], job["schedule"]["expression"]) == ("Says hello.", "0 3 * * *")


def test_an_outdated_version_is_not_overwritten(house: House) -> None:
    house.create()
    seen = house.client.get("/api/jobs/hello").headers["etag"]
    first = house.client.put("/api/jobs/hello", json={"description": "one"}, headers={"If-Match": seen})

    second = house.client.put("/api/jobs/hello", json={"description": "two"}, headers={"If-Match": seen})

    assert first.status_code == 200 and first.headers["etag"] != seen
    assert second.status_code == 412
    assert house.client.get("/api/jobs/hello").json()["description"] == "one"


def test_an_etag_that_no_job_ever_had_matches_nothing(house: House) -> None:
    house.create()

    for etag in ('"abc"', '""', '"-1"', "1", 'W/"1"', '"1", "2"', '"' + "9" * 30 + '"', '"' + "9" * 5000 + '"'):
        answer = house.client.put("/api/jobs/hello", json={}, headers={"If-Match": etag})
        assert answer.status_code == 412, etag[:40]


def test_a_deleted_job_is_answered_once_more_and_then_gone(house: House) -> None:
    house.create()

    answer = house.client.delete("/api/jobs/hello")

    assert answer.status_code == 200
    assert (answer.json()["job_id"], answer.json()["message"]) == ("hello", "job hello was deleted")
    assert house.client.get("/api/jobs/hello").status_code == 404
    assert "hello" not in [job["job_id"] for job in house.client.get("/api/jobs").json()["items"]]


@pytest.mark.parametrize(("method", "body"), [("PUT", {"description": "mine"}), ("DELETE", None)])
def test_the_job_of_a_file_is_changed_in_its_file_only(house: House, method: str, body: object) -> None:
    house.commit(make_sourced("nightly"))

    answer = house.client.request(method, "/api/jobs/nightly", json=body)

    assert answer.status_code == 409
    problem = answer.json()
    assert (problem["type"], problem["file"], problem["line"]) == (
        "urn:problem-type:tasks:owned-by-file",
        "nightly.yaml",
        1,
    )


def test_a_second_job_of_one_name_is_refused(house: House) -> None:
    house.create()

    answer = house.client.post("/api/jobs", json={**COMMAND, "description": "another"})

    assert answer.status_code == 409
    assert "PUT" in answer.json()["hint"]


def test_a_repeated_idempotency_key_creates_one_job(house: House) -> None:
    key = {"Idempotency-Key": "order-66"}

    answers = [house.client.post("/api/jobs", json=METRICS_CURL, headers=key) for _ in range(2)]

    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].json()["job_id"] == answers[1].json()["job_id"]
    assert house.client.get("/api/jobs").json()["total"] == 1


def test_an_idempotency_key_does_not_hide_that_the_job_is_another(house: House) -> None:
    key = {"Idempotency-Key": "order-66"}
    house.client.post("/api/jobs", json=METRICS_CURL, headers=key)

    other = {**METRICS_CURL, "description": "not the same"}

    assert house.client.post("/api/jobs", json=other, headers=key).status_code == 409


def test_an_idempotency_key_is_not_for_a_job_of_another_type_either(house: House) -> None:
    key = {"Idempotency-Key": "order-66"}
    house.client.post("/api/jobs", json=METRICS_CURL, headers=key)

    other = {name: value for name, value in COMMAND.items() if name != "job_id"}

    assert house.client.post("/api/jobs", json=other, headers=key).status_code == 409


def test_requests_at_once_with_one_idempotency_key_create_one_job(house: House) -> None:
    def create(_: int) -> str:
        return str(house.client.post("/api/jobs", json=METRICS_CURL, headers={"Idempotency-Key": "k"}).json()["id"])

    with ThreadPoolExecutor(6) as threads:
        created = list(threads.map(create, range(6)))

    assert len(set(created)) == 1
    assert house.client.get("/api/jobs").json()["total"] == 1


@pytest.mark.parametrize("key", [b"x" * 201, b"a\xa0b", b"a\tb"])
def test_an_odd_idempotency_key_is_refused(house: House, key: bytes) -> None:
    assert house.client.post("/api/jobs", json=METRICS_CURL, headers={"Idempotency-Key": key}).status_code == 422


def test_pages_of_a_list_do_not_shift_while_jobs_are_added(house: House) -> None:
    house.commit(make_sourced("b"), make_sourced("d"), make_sourced("f"))
    first = house.client.get("/api/jobs", params={"limit": 2}).json()
    house.commit(*(make_sourced(name) for name in "abcdef"))

    rest = house.client.get("/api/jobs", params={"limit": 9, "cursor": first["next_cursor"]}).json()

    assert [job["id"] for job in first["items"] + rest["items"]] == ["b", "d", "e", "f"]


def test_invalid_jobs_are_refused_with_every_finding(house: House) -> None:
    body = {"job_type": "comand", "shedule": {}, "schedule": {"trigger": "cron", "expression": "61 * * * *"}}

    answer = house.client.post("/api/jobs", json=body)

    assert answer.status_code == 422
    found = {d["field"]: d for d in answer.json()["diagnostics"]}
    assert {"job_type", "shedule"} <= found.keys()
    assert "command" in found["job_type"]["hint"] and "schedule" in found["shedule"]["hint"]


def test_the_manifest_is_yaml_that_validates(house: House) -> None:
    house.create()

    text = house.client.get("/api/jobs/hello/manifest")
    verdict = house.client.post("/api/validate", content=text.content, headers={"Content-Type": "application/yaml"})

    assert text.headers["content-type"].startswith("application/yaml")
    assert "job_id: hello" in text.text
    assert verdict.json()["valid"] is True


def test_a_broken_file_shows_in_its_job_with_line_and_column(house: House) -> None:
    house.commit(make_sourced("nightly"), make_sourced("weekly"))
    house.commit(make_sourced("weekly"), broken="nightly.yaml")

    job = house.client.get("/api/jobs/nightly").json()

    assert (job["sync"], job["activity"]) == ("Invalid", "Active")
    assert [(p["file"], p["line"], p["column"], p["rule"]) for p in job["problems"]] == [
        ("nightly.yaml", 3, 5, "JM010")
    ]
    assert job["problems"][0]["since"]


@pytest.mark.parametrize("job_type", ["command", "http_request"])
def test_strangers_cannot_define_what_the_machine_executes(exposed: House, job_type: str) -> None:
    parameters = {"argv": ["id"]} if job_type == "command" else {"url": "https://example.org"}
    body = {**COMMAND, "job_type": job_type, "parameters": parameters}

    answer = exposed.client.post("/api/jobs", json=body)

    assert answer.status_code == 403
    assert "TASKS_API_KEY" in answer.json()["hint"]
    assert exposed.client.post("/api/jobs", json=METRICS_CURL).status_code == 201


def test_strangers_cannot_turn_a_harmless_job_into_a_command(exposed: House) -> None:
    exposed.create({**METRICS_CURL, "job_id": "figures"})

    answer = exposed.client.put("/api/jobs/figures", json={"job_type": "command", "parameters": {"argv": ["id"]}})

    assert answer.status_code == 403


def test_odd_names_in_the_address_are_not_found_and_nothing_worse(house: House, tmp_path: Path) -> None:
    for name in ("%00", "a%0d%0aX-Evil:1", "..%2f..%2fetc", "%ff", "💥", "x" * 3000):
        assert house.client.get(f"/api/jobs/{name}").status_code == 404, name


def test_a_created_job_can_be_paused_changed_and_run_at_once(house: House) -> None:
    created = house.client.post("/api/jobs", json=COMMAND)
    paused = house.client.post("/api/jobs/hello/pause")
    changed = house.client.put("/api/jobs/hello", json={"description": "changed"})
    started = house.client.post("/api/jobs/hello/run")

    assert (created.status_code, created.json()["sync"]) == (201, "Synced")
    assert (paused.status_code, paused.json()["job"]["activity"]) == (200, "Paused")
    assert (changed.status_code, changed.json()["sync"]) == (200, "Synced")
    assert started.status_code == 202
