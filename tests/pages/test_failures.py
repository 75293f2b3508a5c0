"""A page that broke: it says so, and in development what broke."""

from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from tasks_service.adapters.system_clock import SystemClock
from tasks_service.core.masking import prose_mask
from tasks_service.pages.endpoint import endpoint
from tasks_service.pages.site import Options, Site


def broken(site: Site, request: Request) -> Response:
    raise RuntimeError("<b> with hunter22")


def answered(options: Options) -> Any:
    panel: Any = SimpleNamespace(journal=SimpleNamespace(last_seq=lambda: 0), clock=SystemClock())
    site = Site(panel=panel, sessions=None, options=options)
    app = Starlette(routes=[Route("/", endpoint(site, broken))])
    return TestClient(app).get("/")


def test_production_tells_where_to_look(caplog: pytest.LogCaptureFixture) -> None:
    answer = answered(Options(version="0"))

    assert answer.status_code == 500
    assert "The log of the service says what happened" in answer.text
    assert "RuntimeError" not in answer.text
    assert "with hunter22" in caplog.text, "the log's outlet masks it"


def test_development_shows_the_stack_without_secrets_and_as_text() -> None:
    answer = answered(Options(version="0", environment="development", details=prose_mask(["hunter22"])))

    assert "RuntimeError: &lt;b&gt; with ***" in answer.text
    assert "in broken" in answer.text
    assert "hunter22" not in answer.text
