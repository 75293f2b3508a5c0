"""The page that explains, without a browser: as a plain page, and as what the dialog shows of it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import make_sourced
from house import House
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tasks_service import pages
from tasks_service.api import Options
from tasks_service.core.run import RunError, RunState


@pytest.fixture
def house(fresh_database: str, tmp_path: Path) -> Iterator[House]:
    with House(fresh_database, tmp_path, Options(version="0", secret_key="s")).opened() as opened:
        opened.commit(make_sourced())
        yield opened


def site(house: House) -> TestClient:
    routes = pages.build(house.panel, None, pages.Options(version="0"))
    return TestClient(Starlette(routes=routes), headers={"Accept": "text/html"})


def test_a_moment_is_explained_on_a_page_of_its_own(house: House) -> None:
    answer = site(house).get("/tasks/nightly/why", params={"at": "2001-01-01T02:00"})

    assert answer.status_code == 200
    assert '<div id="subject"' in answer.text, "what the dialog takes"
    assert "The job was not there yet: it was first applied at" in answer.text


def test_a_time_that_cannot_be_read_is_told_at_the_field(house: House) -> None:
    answer = site(house).get("/tasks/nightly/why", params={"at": "<b>yesterday"})

    assert answer.status_code == 422
    assert "&#39;&lt;b&gt;yesterday&#39; is no time: write ISO 8601" in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_no_job_is_a_page_that_says_so(house: House) -> None:
    assert site(house).get("/tasks/nobody/why").status_code == 404


def test_a_failing_job_shows_the_change_to_blame_and_every_row_says_why(house: House) -> None:
    house.end_run(house.start_run("nightly"))
    house.commit(make_sourced(description="<b>edited</b>"))
    house.end_run(house.start_run("nightly"), RunState.FAILED, error=RunError(type="ExitCode", message="1"))

    visitor = site(house)
    page = visitor.get("/tasks/nightly").text
    [link, *_] = re.findall(r'href="(/tasks/nightly/why\?at=[^"]+)"', page)

    assert "It fails since this change" in page
    assert "&#34;&lt;b&gt;edited&lt;/b&gt;&#34;" in page
    told = visitor.get(link).text
    assert "It ran and failed: ExitCode: 1." in told
    assert "asked for a run at" in told
    assert "It fails since revision r" in told
