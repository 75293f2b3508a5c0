"""Requests in the log: one line each, every line with the request's name, and what is told of errors."""

import logging
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from tasks_service.api import tracing
from tasks_service.api.guards.trace import Trace
from tasks_service.api.problems import HANDLERS
from tasks_service.core.errors import NotFound
from tasks_service.core.masking import prose_mask


def fine(request: Request) -> Response:
    """In a thread of the pool, as most endpoints are."""
    return PlainTextResponse(tracing.current()["request"])


def failing(request: Request) -> Response:
    token = "xoxb-of-a-variable"
    raise RuntimeError(f"with hunter22 {len(token)}")


def missing(request: Request) -> Response:
    raise NotFound("no job has that name")


def streaming(request: Request) -> Response:
    return StreamingResponse(iter(["data: 1\n\n"]), media_type="text/event-stream")


def client(**options: Any) -> TestClient:
    paths = {"/fine": fine, "/failing": failing, "/missing": missing, "/stream": streaming, "/health": fine}
    app = Starlette(
        routes=[Route(path, handle, methods=["GET", "POST"]) for path, handle in paths.items()],
        middleware=[Middleware(Trace, **options)],
        exception_handlers=HANDLERS,
    )
    return TestClient(app, raise_server_exceptions=False)


def lines(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if getattr(record, "event", "") == "http.request"]


def test_a_request_is_one_line_with_method_path_status_and_time(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    client().post("/fine?token=hunter22")

    (line,) = lines(caplog)
    told = vars(line)
    assert (told["method"], told["path"], told["status"], told["client"]) == ("POST", "/fine", 200, "testclient")
    assert 0 <= told["seconds"] < 5
    assert line.getMessage() == "POST /fine 200"
    assert "hunter22" not in str(told)


@pytest.mark.parametrize(
    ("level", "path", "expected"),
    [
        (logging.INFO, "/fine", "INFO"),
        (logging.WARNING, "/fine", "WARNING"),
        (logging.INFO, "/missing", "INFO"),
        (logging.INFO, "/failing", "INFO"),
        (logging.INFO, "/health", "DEBUG"),
        (logging.INFO, "/static/no.css", "DEBUG"),
        (logging.INFO, "/stream", "DEBUG"),
    ],
)
def test_the_level_of_requests_is_the_installations_choice(
    level: int, path: str, expected: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    client(level=level).get(path)

    assert [line.levelname for line in lines(caplog)] == [expected]


def test_a_path_cannot_forge_a_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    client().get("/a%0Ab%20c")

    assert [vars(line)["path"] for line in lines(caplog)] == ["/a%0Ab%20c"]


def test_the_name_of_a_request_reaches_the_threads_that_serve_it_and_every_problem() -> None:
    named = {"X-Request-ID": "r-1"}

    assert client().get("/fine", headers=named).text == "r-1"
    for path in ("/missing", "/nowhere", "/failing"):
        answer = client().get(path, headers=named)
        assert (answer.headers["x-request-id"], answer.json()["request_id"]) == ("r-1", "r-1"), path


def test_production_tells_nothing_of_an_unexpected_error() -> None:
    answer = client().get("/failing")

    assert answer.status_code == 500
    assert "exception" not in answer.json()
    assert "RuntimeError" not in answer.text


def test_development_tells_type_message_and_stack_without_secrets_and_variables() -> None:
    answer = client(details=prose_mask(["hunter22"])).get("/failing")

    told = answer.json()["exception"]
    assert (answer.status_code, told["type"], told["message"]) == (500, "RuntimeError", "with *** 18")
    assert any("in failing" in line for line in told["stack"])
    assert "hunter22" not in answer.text


def test_development_tells_no_stack_of_what_was_to_be_expected() -> None:
    assert "exception" not in client(details=prose_mask([])).get("/missing").json()
