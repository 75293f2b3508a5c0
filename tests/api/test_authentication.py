"""Who may come in."""

import pytest
from house import KEY, House, wait_for
from starlette.testclient import TestClient

from tasks_service.api.guards.authentication import OPEN_PATHS
from tasks_service.api.routes import ROUTES, UNDESCRIBED

ALL = [(method, path) for path, methods in {**ROUTES, **UNDESCRIBED}.items() for method in methods]
BEARER = {"Authorization": f"Bearer {KEY}"}


def example(path: str) -> str:
    return path.replace("{", "").replace("}", "")


def test_every_address_but_the_health_needs_the_key(locked: House) -> None:
    closed = [(m, p) for m, p in ALL if p not in OPEN_PATHS]
    assert len(closed) > 30

    for method, path in closed:
        answer = locked.client.request(method, example(path))
        assert answer.status_code == 401, (method, path)
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
def test_the_health_is_open(locked: House, path: str) -> None:
    assert locked.client.get(path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/api/nothing", "/", "/tasks", "/metrics", "/static", "/STATIC/x", "/health/", "//health", "/healthx"]
)
def test_what_no_list_names_is_closed(locked: House, path: str) -> None:
    assert locked.client.get(path, follow_redirects=False).status_code == 401


@pytest.mark.parametrize("headers", [BEARER, {"X-API-Key": KEY}, {"Authorization": f"bearer  {KEY}"}])
def test_the_key_opens(locked: House, headers: dict[str, str]) -> None:
    assert locked.client.get("/api/jobs", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer nothing"},
        {"Authorization": "Bearer"},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": KEY},
        {"X-API-Key": ""},
        {"X-API-Key": KEY + "x"},
        {"X-API-Key": KEY.upper()},
        {"Cookie": f"tasks_session={KEY}"},
    ],
)
def test_nothing_else_opens(locked: House, headers: dict[str, str]) -> None:
    assert locked.client.get("/api/jobs", headers=headers).status_code == 401


def test_the_key_in_the_address_does_not_open(locked: House) -> None:
    assert locked.client.get("/api/jobs", params={"key": KEY, "api_key": KEY}).status_code == 401


def test_a_session_opens_and_names_the_same_principal(locked: House) -> None:
    assert locked.api.door is not None
    cookie = locked.api.door.sign_in(secure=False).partition(";")[0]

    answer = locked.client.post("/api/sync", headers={"Cookie": cookie})

    assert answer.status_code == 202
    entry = locked.client.get("/api/audit", headers={"Cookie": cookie}).json()["items"][0]
    assert (entry["actor"], entry["action"]) == ("admin", "sync.request")


def test_a_wrong_key_is_refused_even_beside_a_session(locked: House) -> None:
    assert locked.api.door is not None
    cookie = locked.api.door.sign_in(secure=False).partition(";")[0]

    answer = locked.client.get("/api/jobs", headers={"Cookie": cookie, "X-API-Key": "wrong"})

    assert answer.status_code == 401


def test_after_ten_wrong_keys_an_address_must_wait_whatever_it_shows(locked: House) -> None:
    for number in range(10):
        assert locked.client.get("/api/jobs", headers={"X-API-Key": f"guess {number}"}).status_code == 401

    blocked = locked.client.get("/api/jobs", headers=BEARER)
    neighbour = TestClient(locked.app, base_url="http://localhost", client=("192.0.2.7", 1))

    assert blocked.status_code == 429
    assert 0 < int(blocked.headers["retry-after"]) <= 60
    assert neighbour.get("/api/jobs", headers=BEARER).status_code == 200


def test_requests_without_a_key_are_no_guesses(locked: House) -> None:
    for _ in range(20):
        locked.client.get("/api/jobs")

    assert locked.client.get("/api/jobs", headers=BEARER).status_code == 200


def test_a_browser_is_led_to_the_sign_in_and_back(locked: House) -> None:
    answer = locked.client.get("/tasks?sync=Invalid", headers={"Accept": "text/html"}, follow_redirects=False)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/tasks%3Fsync%3DInvalid"


def test_a_fragment_of_a_page_leads_the_whole_page_to_the_sign_in(locked: House) -> None:
    answer = locked.client.get("/tasks", headers={"Accept": "text/html", "HX-Request": "true"})

    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/login")


def test_denied_requests_are_audited_but_not_without_end(locked: House) -> None:
    for _ in range(15):
        locked.client.delete("/api/jobs/nightly")

    items = locked.client.get("/api/audit", headers=BEARER).json()["items"]

    denied = [item for item in items if item["outcome"] == "denied"]
    assert len(denied) == 10
    assert {(d["actor"], d["object"], d["reason"]) for d in denied} == {
        ("anonymous@testclient", "DELETE /api/jobs/nightly", "no key")
    }


def test_the_audit_of_a_denied_request_holds_no_control_characters(locked: House) -> None:
    locked.client.get("/api/jobs/a%0d%0ab%1b[31m")

    entry = locked.client.get("/api/audit", headers=BEARER).json()["items"][0]

    assert entry["object"].isprintable()


def test_without_a_key_everybody_is_anonymous_by_address(house: House) -> None:
    house.client.post("/api/sync")

    assert house.client.get("/api/audit").json()["items"][0]["actor"] == "anonymous@testclient"


def test_the_health_tells_whether_a_key_is_needed(locked: House, exposed: House) -> None:
    wait_for("the lead of the second house", lambda: exposed.client.get("/health").status_code == 200)

    assert locked.client.get("/health").json()["auth"] == "key"
    assert exposed.client.get("/health").json()["auth"] == "disabled"


def test_keys_stay_out_of_the_options_words() -> None:
    from tasks_service.api import Options

    assert KEY not in repr(Options(version="0", secret_key=KEY, key=KEY))
