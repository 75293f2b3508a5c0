"""The relay: HTTP over a socket pair, answered with the embedded bot API and nothing else."""

import asyncio
import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from house import House, wait_for

from tasks_service.api.relay import Relay
from tasks_service.core.errors import StoreUnavailable


@contextmanager
def attached(relay: Relay) -> Iterator[Relay]:
    """A relay on a loop of its own thread."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, name="relay")
    thread.start()
    relay.attach(loop)
    yield relay
    asyncio.run_coroutine_threadsafe(relay.close(), loop).result(5)
    wait_for("the end of all connections", lambda: relay.connections == 0)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def relay(house: House) -> Iterator[Relay]:
    with attached(house.api.relay) as serving:
        yield serving


def ask(sock: socket.socket, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """One request over a connected socket, as a child sends it: the status and the JSON of the answer."""
    content = b"" if body is None else json.dumps(body).encode()
    head = (
        f"{method} {path} HTTP/1.1",
        "Host: bot",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
    )
    sock.sendall("\r\n".join((*head, "", "")).encode() + content)
    answer = http.client.HTTPResponse(sock, method=method)
    answer.begin()
    return answer.status, json.loads(answer.read())


def test_a_run_stores_users_and_metrics_through_its_socket(house: House, relay: Relay) -> None:
    with relay.open("run-1") as child:
        users = ask(child, "POST", "/api/users/import", {"users": [{"id": "U1", "name": "ann"}], "job_id": "users"})
        figures = ask(child, "GET", "/api/metrics/usage?hours=24&include_details=true")

    assert users == (200, {"processed_count": 1})
    assert figures[0] == 200
    assert house.panel.bot.users().total == 1


def test_many_requests_follow_each_other_on_one_socket(relay: Relay) -> None:
    with relay.open("run-1") as child:
        answers = [ask(child, "GET", "/api/metrics/stored")[0] for _ in range(50)]

    assert answers == [200] * 50


@pytest.mark.parametrize("path", ["/api/jobs", "/api/runs", "/health", "/openapi.json", "/", "/api/audit"])
def test_nothing_but_the_bot_api_is_behind_the_socket(relay: Relay, path: str) -> None:
    with relay.open("run-1") as child:
        assert ask(child, "GET", path)[0] == 404


def test_a_socket_needs_no_key_because_it_is_one(locked: House) -> None:
    with attached(locked.api.relay) as relay, relay.open("run-1") as child:
        assert ask(child, "GET", "/api/users")[0] == 200


def test_bad_requests_are_answered_as_problems(relay: Relay) -> None:
    with relay.open("run-1") as child:
        assert ask(child, "POST", "/api/users/import", {"users": 5})[0] == 422
        assert ask(child, "GET", "/api/metrics/nothing")[0] == 404


def test_what_is_no_http_at_all_closes_the_socket(relay: Relay) -> None:
    with relay.open("run-1") as child:
        child.settimeout(5)
        child.sendall(b"\x00\x01\x02 nonsense\r\n\r\n")
        received = b"".join(iter(lambda: child.recv(4096), b""))

    assert received.startswith(b"HTTP/1.1 400")


def test_our_end_closes_when_the_child_is_gone(relay: Relay) -> None:
    children = [relay.open(f"run-{n}") for n in range(20)]
    wait_for("the connections", lambda: relay.connections == 20)

    for child in children:
        child.close()

    wait_for("the end of the connections", lambda: relay.connections == 0)


def test_a_body_over_the_limit_is_refused_here_too(relay: Relay) -> None:
    with relay.open("run-1") as child:
        child.sendall(b"POST /api/users/import HTTP/1.1\r\nHost: bot\r\nContent-Length: 2000000\r\n\r\n")
        assert child.recv(4096).startswith(b"HTTP/1.1 413")


def test_a_relay_that_serves_nowhere_says_so(house: House) -> None:
    with pytest.raises(StoreUnavailable, match="not attached"):
        house.api.relay.open("run-1")
