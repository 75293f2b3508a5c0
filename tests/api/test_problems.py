"""Problems: whatever is sent, the answer says what is wrong and never fails itself."""

import pytest
from house import COMMAND, House

from tasks_service.api.guards.authentication import WEBHOOK_PATH
from tasks_service.api.routes import ROUTES

READING = [
    (method, path)
    for path, methods in ROUTES.items()
    for method, endpoint in methods.items()
    if endpoint.body and path != WEBHOOK_PATH
]
"""Every route that reads a body; that of a webhook is only compared with its signature."""
JSON = {"Content-Type": "application/json"}


def test_a_problem_says_what_went_wrong_and_what_to_do(house: House) -> None:
    problem = house.client.get("/api/jobs/nothing").json()

    assert problem["status"] == 404 and problem["title"] == "Not Found"
    assert problem["type"] == "urn:problem-type:tasks:not-found"
    assert problem["error"] == "there is no job 'nothing'"
    assert problem["hint"] in problem["detail"] and problem["error"] in problem["detail"]


BODIES = [
    (b"{", 400),
    (b"\xff\xfe", 400),
    (b'{"job_id": "\xff"}', 400),
    (b'{"job_id": "\\ud800"}', 400),
    (b'{"job_id": NaN}', 400),
    (b'{"job_id": -Infinity}', 400),
    (b"9" * 5000, 400),
    (b"[" * 100_000, 400),
    (b'{"a":' * 100_000, 400),
    (b"[]", 422),
    (b'"text"', 422),
    (b"null", 422),
    (b'{"job_id": "a\\u0000b"}', 422),
    (b'{"\\u0000": 1}', 422),
    (b'{"labels": {"a": 1e999}}', 422),
    (b'{"labels": 5, "schedule": 5, "parameters": 5, "job_type": 5, "job_id": 5}', 422),
]


@pytest.mark.parametrize(("method", "path"), READING)
def test_no_body_brings_a_route_down(house: House, method: str, path: str) -> None:
    house.create()
    for body, status in BODIES:
        answer = house.client.request(method, path.replace("{job_id}", "hello"), content=body, headers=JSON)
        if path == "/api/validate" and answer.status_code == 200:
            assert answer.json()["valid"] is False  # The verdict is what was asked for.
            continue
        assert answer.headers["content-type"] == "application/problem+json", (body[:40], answer.text)
        assert answer.status_code == status, (body[:40], answer.text)
        assert "Traceback" not in answer.text


def test_a_missing_body_is_refused_where_one_is_needed(house: House) -> None:
    house.create()
    for method, path in READING:
        body = ROUTES[path][method].body
        answer = house.client.request(method, path.replace("{job_id}", "hello"), headers=JSON)
        assert body and (answer.status_code == 422) == (not body.optional), (path, answer.text)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/yaml", ""])
def test_only_json_is_read_as_json(house: House, content_type: str) -> None:
    answer = house.client.post("/api/jobs", content=b"{}", headers={"Content-Type": content_type})

    assert answer.status_code == 415
    assert "application/json" in answer.json()["hint"]


def test_parameters_and_suffixes_of_the_content_type_do_not_matter(house: House) -> None:
    for content_type in ("application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json"):
        answer = house.client.post("/api/jobs", content=b"{}", headers={"Content-Type": content_type})
        assert answer.status_code == 422, content_type


def test_a_wrong_method_names_the_right_ones(house: House) -> None:
    for path in ROUTES:
        for method in ("PATCH", "OPTIONS", "TRACE"):
            answer = house.client.request(method, path.replace("{kind}", "usage"))
            assert answer.status_code == 405, path
            assert answer.headers["content-type"] == "application/problem+json"
            allowed = set(answer.headers["allow"].split(", "))
            assert allowed - {"HEAD"} == set(ROUTES[path])
            assert ("HEAD" in allowed) == ("GET" in allowed)


def test_head_answers_like_get_without_a_body(house: House) -> None:
    answer = house.client.head("/api/jobs")

    assert answer.status_code == 200


def test_an_unknown_address_is_a_problem(house: House) -> None:
    answer = house.client.get("/api/nothing")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_findings_carry_rule_field_and_hint(house: House) -> None:
    body = {**COMMAND, "policy": {"timeout": "soon"}, "parametres": {}}

    problem = house.client.post("/api/jobs", json=body).json()

    by_field = {finding["field"]: finding for finding in problem["diagnostics"]}
    assert by_field["policy.timeout"]["rule"] == "JM012"
    assert by_field["parametres"]["hint"] == "did you mean 'parameters'?"
