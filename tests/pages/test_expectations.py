"""What the pages say of alarms and of what is usual."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from house import House, wait_for
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tasks_service.api import Options
from tasks_service.core.run import RunState
from tasks_service.pages import routes
from tasks_service.pages.site import Options as PageOptions


@pytest.fixture
def house(fresh_database: str, tmp_path: Path) -> Iterator[House]:
    with House(fresh_database, tmp_path, Options(version="0", secret_key="s")).opened() as opened:
        yield opened


def page(house: House, path: str) -> str:
    """The text of a page, on one line."""
    app = Starlette(routes=routes.build(house.panel, None, PageOptions(version="0")))
    answer = TestClient(app, base_url="http://localhost").get(path)
    assert answer.status_code == 200
    return " ".join(answer.text.split())


def test_a_run_that_takes_longer_than_usual_is_named_on_every_page_that_shows_it(house: House) -> None:
    house.commit_job(expect={"max_runtime": "1m"})
    for _ in range(5):
        house.end_run(house.start_run("nightly"))
    run_id = house.start_run("nightly")
    paths = ("/", "/tasks/nightly", f"/runs/{run_id}")
    assert not any("takes longer than usual" in page(house, path) for path in paths)

    house.clock.ahead = timedelta(seconds=30)

    for path in paths:
        assert "takes longer than usual: usually" in page(house, path)
    assert "95 of 100 within" in page(house, "/tasks")
    assert "(5 runs)" in page(house, "/tasks/nightly")


def test_an_open_alarm_stands_on_the_job_and_in_the_attention_list(house: House) -> None:
    house.commit_job(expect={"max_runtime": "1m"})
    house.end_run(house.start_run("nightly"), RunState.FAILED)
    run_id = house.start_run("nightly")
    house.clock.ahead = timedelta(minutes=2)
    wait_for("both alarms", lambda: len(house.stores.alarms.open()) == 2)

    job, dashboard = page(house, "/tasks/nightly"), page(house, "/")

    for text in ("It runs too long</strong> since", "It fails</strong> since", "runs longer than 1m"):
        assert text in job
    assert f'href="/runs/{run_id}">Log</a>' in job
    assert "runs too long" in dashboard.partition("Needs attention")[2].partition("Running now")[0]
    assert "runs too long: runs longer than 1m" in dashboard.partition("Recent activity")[2]


def test_what_a_run_tells_of_its_progress_is_shown_wherever_it_is_under_way(house: House) -> None:
    house.commit_job()
    run_id = house.start_run("nightly")
    house.executor.tell_progress(run_id, 3, 10, "<b>sending")
    paths = ("/", "/tasks/nightly", f"/runs/{run_id}")

    wait_for("the progress", lambda: "3 of 10 (30%)" in page(house, f"/runs/{run_id}"))
    for path in paths:
        assert '<progress value="0.3" max="1" aria-label="nightly: 3 of 10 (30%): &lt;b&gt;sending">' in page(
            house, path
        )

    house.end_run(run_id, RunState.FAILED)
    assert "<dt>Told last</dt><dd>3 of 10 (30%): &lt;b&gt;sending</dd>" in page(house, f"/runs/{run_id}")
