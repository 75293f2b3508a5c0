"""The files that runs left, over HTTP and on the page."""

import hashlib

from house import KEY, House
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tasks_service.pages import routes
from tasks_service.pages.site import Options as PageOptions

PAGE = b"<script>alert(1)</script>"


def left(house: House) -> str:
    """A run that left two files."""
    house.create()
    run_id = house.start_run("hello")
    house.end_run(run_id, artifacts={"report.html": PAGE, "data.bin": bytes(range(256))})
    return run_id


def test_artifacts_are_listed_and_downloaded_and_no_browser_shows_them(house: House) -> None:
    run_id = left(house)

    listed = house.client.get(f"/api/runs/{run_id}/artifacts").json()
    answer = house.client.get(f"/api/runs/{run_id}/artifacts/report.html")

    assert [(one["name"], one["size"]) for one in listed["items"]] == [("data.bin", 256), ("report.html", len(PAGE))]
    assert listed["items"][1]["sha256"] == hashlib.sha256(PAGE).hexdigest()
    assert answer.content == PAGE
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == 'attachment; filename="report.html"'
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_is_not_there_is_said_to_be_missing(house: House) -> None:
    run_id = left(house)

    for path in (f"{run_id}/artifacts/other", f"{run_id}/artifacts/..%2Freport.html", "unknown/artifacts"):
        answer = house.client.get(f"/api/runs/{path}")
        assert answer.status_code == 404, path
    assert house.client.get("/api/runs/unknown/artifacts/report.html").status_code == 404


def test_artifacts_need_a_key_where_one_is_set(locked: House) -> None:
    for path in ("/api/runs/any/artifacts", "/api/runs/any/artifacts/report.html"):
        assert locked.client.get(path).status_code == 401
        assert locked.client.get(path, headers={"Authorization": f"Bearer {KEY}"}).status_code == 404


def test_the_page_of_a_run_links_to_what_it_left(house: House) -> None:
    run_id = left(house)
    app = Starlette(routes=routes.build(house.panel, None, PageOptions(version="0")))

    page = TestClient(app, base_url="http://localhost").get(f"/runs/{run_id}").text

    assert f'href="/api/runs/{run_id}/artifacts/report.html" download="report.html"' in page
    assert "Artifacts <small>2</small>" in page
