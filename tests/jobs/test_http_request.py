"""The HTTP request: what it expects, what it keeps, where it refuses to go, and what it never tells."""

import json
from ipaddress import ip_address
from threading import Event
from typing import Any

import pytest
from job_runs import run
from pydantic import ValidationError
from scripted_server import Asked, Reply, scripted

from tasks_service.jobs.address_guard import is_public
from tasks_service.jobs.http_request import HttpRequestFailed
from tasks_service.jobs.job_registry import load_job_types
from tasks_service.jobs.json_pointer import resolve

ALLOWED = {"TASKS_HTTP_ALLOW_PRIVATE": "True"}


def requested(url: str, settings: dict[str, str] | None = None, **parameters: Any) -> dict[str, Any]:
    return run(
        "http_request", {"url": url, **parameters}, settings=ALLOWED if settings is None else settings, seconds=10
    )


def test_the_request_arrives_as_written_and_values_are_kept() -> None:
    answer = Reply(body={"version": "1.2", "items": [{"a/b": 5}]}, headers={"Content-Type": "application/json"})
    with scripted(lambda _: answer) as server:
        result = requested(
            f"{server.url}/ping?full=1",
            method="PUT",
            headers={"X-Key": "k"},
            json={"text": "héllo"},
            extract={"version": "/version", "five": "/items/0/a~1b", "all": ""},
        )
    (asked,) = server.asked
    assert (asked.method, asked.path, asked.query, asked.headers["X-Key"]) == ("PUT", "/ping", {"full": "1"}, "k")
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.json == {"text": "héllo"}
    assert result["extracted"] == {"version": "1.2", "five": 5, "all": answer.body}
    assert (result["status"], result["response_bytes"]) == (200, len(json.dumps(answer.body)))
    assert result["url"] == f"{server.url}/ping"


def test_a_body_is_sent_as_it_stands() -> None:
    with scripted(lambda _: Reply()) as server:
        requested(server.url, method="POST", body="a=ü", headers={"content-type": "text/plain"})
    assert server.asked[0].body == "a=ü".encode()
    assert server.asked[0].headers["content-type"] == "text/plain"


@pytest.mark.parametrize(
    ("expected", "status", "fine"),
    [
        (None, 204, True), (None, 302, False), (None, 404, False), (404, 404, True), ([200, "3xx"], 302, True),
        ("200, 404", 404, True), ("200,404", 500, False), (200, 201, False),
    ],
)  # fmt: skip
def test_the_status_decides(expected: Any, status: int, fine: bool) -> None:
    parameters = {} if expected is None else {"expected_status": expected}
    with scripted(lambda _: Reply(status=status, body=b"")) as server:
        if fine:
            assert requested(server.url, **parameters)["status"] == status
        else:
            with pytest.raises(HttpRequestFailed, match=f"answered {status}; expected is"):
                requested(server.url, **parameters)


def test_a_path_means_the_service_itself_which_is_always_allowed() -> None:
    with scripted(lambda _: Reply(body={"status": "ok"})) as server:
        own = {"TASKS_URL": f"{server.url}/"}
        assert requested("/health", own, extract={"s": "/status"})["extracted"] == {"s": "ok"}
        assert requested(f"{server.url}/health", own)["status"] == 200
        other = {"TASKS_URL": "http://127.0.0.1:1"}
        with pytest.raises(HttpRequestFailed, match="no public address"):
            requested(server.url, other)
    with pytest.raises(HttpRequestFailed, match="TASKS_URL, is not known"):
        requested("/health", {})


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "0", "[::1]", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "10.0.0.1", "192.168.1.1", "169.254.169.254", "[fd00::1]",
    ],
)  # fmt: skip
def test_private_addresses_are_refused_in_every_spelling_before_anything_is_sent(host: str) -> None:
    with (
        scripted(lambda _: Reply()) as server,
        pytest.raises(HttpRequestFailed, match=r"no public address|Invalid IPv4 address"),
    ):
        requested(f"http://{host}:{server.port}/", {})
    assert server.connections == 0


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("::ffff:8.8.8.8", True), ("64:ff9b::808:808", True),
        ("::ffff:10.0.0.1", False), ("2002:7f00:1::", False), ("64:ff9b::a00:1", False), ("100.64.0.1", False),
        ("224.0.0.1", False), ("ff02::1", False), ("0.0.0.0", False), ("::", False), ("fe80::1%1", False),
        ("198.18.0.1", False), ("255.255.255.255", False),
    ],
)  # fmt: skip
def test_only_addresses_that_everybody_reaches_are_public(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


def test_redirects_are_answers_unless_asked_to_follow() -> None:
    def script(asked: Asked) -> Reply:
        return (
            Reply(status=302, headers={"Location": "/there"}) if asked.path == "/" else Reply(body={"at": asked.path})
        )

    with scripted(script) as server:
        assert requested(server.url, expected_status=302)["status"] == 302
        result = requested(server.url, follow_redirects=True, headers={"X-Key": "k"}, extract={"at": "/at"})
    assert result["extracted"] == {"at": "/there"}
    assert result["url"] == f"{server.url}/there"
    assert server.asked[-1].headers["X-Key"] == "k"


def test_a_redirect_to_a_private_address_is_refused() -> None:
    with scripted(lambda _: Reply()) as inner:
        location = {"Location": f"http://127.0.0.1:{inner.port}/admin"}
        with scripted(lambda _: Reply(status=302, headers=location)) as outer:
            own = {"TASKS_URL": outer.url}
            with pytest.raises(HttpRequestFailed, match="no public address"):
                requested("/", own, follow_redirects=True)
        assert inner.connections == 0


def test_headers_and_body_do_not_follow_to_another_host() -> None:
    with (
        scripted(lambda _: Reply()) as inner,
        scripted(lambda _: Reply(status=307, headers={"Location": inner.url})) as outer,
    ):
        assert requested(outer.url, follow_redirects=True)["status"] == 200
        for parameters in ({"headers": {"X-Key": "k"}}, {"method": "POST", "body": "b"}):
            with pytest.raises(HttpRequestFailed, match="not meant for another host"):
                requested(outer.url, follow_redirects=True, **parameters)
    assert len(inner.asked) == 1


def test_an_endless_redirect_ends() -> None:
    with (
        scripted(lambda _: Reply(status=302, headers={"Location": "/"})) as server,
        pytest.raises(HttpRequestFailed, match="more than 5 times"),
    ):
        requested(server.url, follow_redirects=True)
    assert len(server.asked) == 6


def test_an_answer_that_is_too_long_fails_the_run() -> None:
    with scripted(lambda _: Reply(body=b"x" * 5000)) as server:
        assert requested(server.url, max_response=5000)["response_bytes"] == 5000
        with pytest.raises(HttpRequestFailed, match="longer than max_response, 4999 bytes"):
            requested(server.url, max_response=4999)


def test_an_answer_that_takes_too_long_fails_the_run() -> None:
    release = Event()

    def slow(_: Asked) -> Reply:
        release.wait(10)
        return Reply()

    with scripted(slow) as server:
        with pytest.raises(HttpRequestFailed, match=r"took longer than 0\.2 s"):
            requested(server.url, timeout="0.2s")
        release.set()


@pytest.mark.parametrize(
    ("body", "pointer", "message"),
    [
        (b"<html>", "/a", "answered no JSON"),
        ({"b": 1}, "/a", "the document has no 'a'; it has 'b'"),
        ({"a": [1, 2]}, "/a/2", "/a has 2 items and no item '2'"),
        ({"a": 5}, "/a/b", "/a is no object and no list"),
    ],
)
def test_a_value_that_is_not_there_fails_the_run(body: Any, pointer: str, message: str) -> None:
    with scripted(lambda _: Reply(body=body)) as server, pytest.raises(HttpRequestFailed, match=message):
        requested(server.url, extract={"it": pointer})


def test_a_pointer_reaches_into_objects_and_lists() -> None:
    document = {"a": [{"x/y": 1, "m~n": 2, "": 3}]}
    assert resolve(document, "") == document
    assert [resolve(document, f"/a/0/{name}") for name in ("x~1y", "m~0n", "")] == [1, 2, 3]


@pytest.mark.parametrize(
    "parameters",
    [
        {"headers": {"Authorization": "Bearer tops3cret"}},
        {"headers": {"Authorization": "Bearer tops3cret\n"}},
        {"headers": {"X-Key": "tops3cret…"}},
        {"method": "POST", "body": "tops3cret"},
    ],
)
@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x?token=tops3cret", "http://me:tops3cret@127.0.0.1:1/x"])
@pytest.mark.parametrize("settings", [ALLOWED, {}])
def test_errors_never_show_what_the_request_held(url: str, parameters: dict, settings: dict) -> None:
    with pytest.raises(HttpRequestFailed, match=r"http://127\.0\.0\.1:1/x") as caught:
        requested(url, settings, **parameters)
    assert "tops3cret" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "parameters",
    [
        {}, {"url": "ftp://example.com"}, {"url": "//example.com/x"}, {"url": "example.com"}, {"url": "http:///x"},
        {"url": "/", "method": "BREW"}, {"url": "/", "body": "a", "json": {}}, {"url": "/", "expected_status": 99},
        {"url": "/", "expected_status": []}, {"url": "/", "expected_status": "ok"}, {"url": "/", "timeout": 5},
        {"url": "/", "extract": {"a": "b"}}, {"url": "/", "headers": None},
    ],
)  # fmt: skip
def test_wrong_parameters_are_refused(parameters: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        load_job_types()["http_request"].canonical(json.dumps(parameters))


def test_a_secret_reference_may_stand_for_the_whole_address() -> None:
    canonical = load_job_types()["http_request"].canonical('{"url": "${TASKS_SECRET_HOOK}"}')
    assert canonical["url"] == "${TASKS_SECRET_HOOK}"
    with pytest.raises(HttpRequestFailed, match="begin with http"):
        requested("${TASKS_SECRET_HOOK}")
