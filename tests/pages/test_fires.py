"""The next fires on a job's page: in the job's zone, in UTC, and in the browser's."""

from pathlib import Path

from house import COMMAND, House
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from tasks_service.api import Options as ApiOptions
from tasks_service.pages.endpoint import endpoint
from tasks_service.pages.job import job
from tasks_service.pages.site import Options, Site

ONCE = {"trigger": "date", "run_date": "2087-03-30T02:30:00", "timezone": "Europe/Berlin"}


def test_fires_are_told_in_the_browsers_zone_and_without_its_cookie_in_the_others(
    fresh_database: str, tmp_path: Path
) -> None:
    with House(fresh_database, tmp_path, ApiOptions(version="0", secret_key="s")).opened() as house:
        house.create({**COMMAND, "schedule": ONCE})
        site = Site(panel=house.panel, sessions=None, options=Options(version="0"))
        app = Starlette(routes=[Route("/tasks/{job_id}", endpoint(site, job))])

        plain = TestClient(app).get("/tasks/hello").text
        told = TestClient(app, cookies={"browser_zone": "Asia%2FTokyo"}).get("/tasks/hello").text

    for page in (plain, told):
        assert '<th scope="col">Europe/Berlin</th><th scope="col">UTC</th>' in page
        assert "Sun 2087-03-30 03:00:00" in page and "Sun 2087-03-30 01:00:00" in page
        assert "02:30 does not exist that day: runs at 03:00" in page
    assert "Asia/Tokyo" not in plain
    assert '<th scope="col">Asia/Tokyo</th>' in told and "Sun 2087-03-30 10:00:00" in told
