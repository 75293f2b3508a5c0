"""The other guards: cross-site writes, foreign hosts, headers, body limit, the last resort."""

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import make_sourced
from house import House
from served import served
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from tasks_service.api import Options
from tasks_service.api.guards.bodylimit import BodyLimit
from tasks_service.api.guards.headers import CONTENT_SECURITY_POLICY
from tasks_service.api.guards.trace import Trace
from tasks_service.api.problems import HANDLERS
from tasks_service.api.routes import ROUTES
from tasks_service.core.errors import StoreUnavailable

FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:9999"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Origin": "http://[::1"},
]
OWN = [
    {},
    {"Origin": "http://localhost"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://behind.a.proxy"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_writes_from_other_sites_are_refused(house: House, headers: dict[str, str]) -> None:
    house.commit(make_sourced("nightly"))

    answer = house.client.post("/api/jobs/nightly/pause", headers=headers)

    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:problem-type:tasks:cross-site"
    assert house.client.get("/api/jobs/nightly").json()["paused"] is False


def test_no_route_that_writes_is_open_to_other_sites(house: House) -> None:
    writes = [(method, path) for path, methods in ROUTES.items() for method in methods if method != "GET"]
    assert len(writes) > 10

    for method, path in writes:
        answer = house.client.request(method, path, headers={"Origin": "https://evil.example"})
        assert answer.json()["type"] == "urn:problem-type:tasks:cross-site", (method, path)


@pytest.mark.parametrize("headers", OWN)
def test_writes_from_own_pages_and_from_programs_are_let_through(house: House, headers: dict[str, str]) -> None:
    assert house.client.post("/api/sync", headers=headers).status_code == 202


def test_reading_from_anywhere_is_let_through(house: House) -> None:
    assert house.client.get("/health", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_all_methods_that_write_are_guarded(house: House, method: str) -> None:
    answer = house.client.request(method, "/api/jobs/nightly", headers={"Origin": "https://evil.example"})

    assert answer.status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.0.2.1", ""])
def test_a_loopback_listener_answers_to_no_foreign_name(house: House, host: str) -> None:
    answer = house.client.get("/api/jobs", headers={"Host": host})

    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:problem-type:tasks:foreign-host"


@pytest.mark.parametrize("host", ["localhost:5001", "LOCALHOST", "127.0.0.1:5001", "[::1]:5001", "localhost."])
def test_a_loopback_listener_answers_to_its_own_names(house: House, host: str) -> None:
    assert house.client.get("/api/jobs", headers={"Host": host}).status_code == 200


def test_a_loopback_listener_answers_to_the_name_of_its_proxy_and_trusts_nobody_for_it(
    fresh_database: str, tmp_path: Path
) -> None:
    """Behind a proxy everybody may come, so a caller without a key may define no commands."""
    options = Options(version="0", secret_key="s", hosts=frozenset({"tasks.example"}))
    with House(fresh_database, tmp_path, options).opened() as proxied:
        names = ["tasks.example", "TASKS.example:443", "localhost", "other.example"]
        answers = [proxied.client.get("/health", headers={"Host": name}).status_code for name in names]

    assert answers == [200, 200, 200, 403]
    assert not options.trusted
    assert Options(version="0", secret_key="s", key="k", hosts=options.hosts).trusted


def test_a_public_listener_answers_to_any_name(exposed: House) -> None:
    assert exposed.client.get("/health", headers={"Host": "tasks.example"}).status_code == 200


@pytest.mark.parametrize("path", ["/health", "/api/jobs", "/docs", "/nothing"])
def test_every_answer_carries_the_headers_that_guard_a_browser(house: House, path: str) -> None:
    headers = house.client.get(path).headers

    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")
    assert headers["cache-control"] == "no-store"
    assert len(headers["x-request-id"]) == 32


def test_the_policy_allows_nothing_unsafe_and_no_frame() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY


def test_a_request_keeps_a_sane_id_and_gets_one_instead_of_an_odd_one(house: House) -> None:
    assert house.client.get("/health", headers={"X-Request-ID": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert house.client.get("/health", headers={"X-Request-ID": "a b"}).headers["x-request-id"] != "a b"


def failing(request: Request) -> Response:
    raise RuntimeError("secret of the stack")


def away(request: Request) -> Response:
    raise StoreUnavailable("the database does not answer: connection refused")


async def reading(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


def small_app(*, max_bytes: int = 1000, max_seconds: float = 30.0) -> Starlette:
    return Starlette(
        routes=[
            Route("/failing", failing),
            Route("/away", away),
            Route("/reading", reading, methods=["POST"]),
        ],
        middleware=[Middleware(Trace), Middleware(BodyLimit, max_bytes=max_bytes, max_seconds=max_seconds)],
        exception_handlers=HANDLERS,
    )


def test_what_nobody_caught_becomes_a_problem_with_an_id_and_no_traceback(caplog: pytest.LogCaptureFixture) -> None:
    answer = TestClient(small_app(), raise_server_exceptions=False).get("/failing", headers={"X-Request-ID": "r-1"})

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == "r-1"
    assert "secret" not in answer.text and "Traceback" not in answer.text
    assert "r-1" in caplog.text and "secret of the stack" in caplog.text


def test_a_database_that_is_away_is_a_503_that_says_when_to_come_back() -> None:
    answer = TestClient(small_app()).get("/away")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["type"] == "urn:problem-type:tasks:store-unavailable"


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    with served(small_app(max_seconds=0.3)) as found:
        yield found


def chunks(count: int, size: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b"x" * size


def test_a_body_within_the_limit_is_read(address: tuple[str, int]) -> None:
    connection = http.client.HTTPConnection(*address)
    connection.request(
        "POST", "/reading", body=chunks(10, 100), encode_chunked=True, headers={"Transfer-Encoding": "chunked"}
    )

    assert connection.getresponse().read() == b"1000"
    connection.close()


def test_chunks_are_counted_whatever_the_length_says(address: tuple[str, int]) -> None:
    connection = http.client.HTTPConnection(*address)
    connection.request(
        "POST", "/reading", body=chunks(11, 100), encode_chunked=True, headers={"Transfer-Encoding": "chunked"}
    )

    answer = connection.getresponse()

    assert answer.status == 413
    assert json.loads(answer.read())["type"] == "urn:problem-type:tasks:too-large"
    connection.close()


def test_a_declared_length_over_the_limit_is_refused_before_anything_is_read(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as client:
        client.sendall(b"POST /reading HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999\r\n\r\n")
        answer = client.recv(4096)

    assert answer.startswith(b"HTTP/1.1 413")
    assert b"application/problem+json" in answer


def test_a_body_that_trickles_in_is_given_up(address: tuple[str, int]) -> None:
    with socket.create_connection(address) as client:
        client.sendall(b"POST /reading HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx")
        answer = client.recv(4096)

    assert answer.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("length", ["1048577", "9" * 5000, "1e3", "-1", "", "٣"])
def test_an_odd_length_is_refused(house: House, length: str) -> None:
    answer = house.client.post("/api/sync", headers={"Content-Length": length.encode()})

    assert answer.status_code == 413


def test_zeros_before_a_length_do_not_matter(house: House) -> None:
    assert house.client.post("/api/sync", headers={"Content-Length": "0" * 50}).status_code == 202


def test_the_service_takes_one_mebibyte_and_no_more(house: House) -> None:
    def body(size: int) -> bytes:
        frame = len(json.dumps({"reason": ""}))
        return json.dumps({"reason": "x" * (size - frame)}).encode()

    headers = {"Content-Type": "application/json"}

    assert house.client.post("/api/jobs/x/pause", content=body(2**20), headers=headers).status_code == 422
    assert house.client.post("/api/jobs/x/pause", content=body(2**20 + 1), headers=headers).status_code == 413
