"""Metrics over HTTP: what a scrape is answered, in which format, and to whom."""

import re

from builders import make_sourced
from house import KEY, House
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from promtool import promtool
from scraping import Scrape

from tasks_service.control.metric_table import METRICS
from tasks_service.core.metric import Kind
from tasks_service.core.run import RunState

OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"


def scrape(house: House) -> Scrape:
    answer = house.client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return Scrape(answer.text)


def busy(house: House) -> None:
    """One run that succeeded and one that failed, a pause, and a broken file."""
    house.commit(make_sourced("nightly"), broken="other.yaml")
    house.end_run(house.start_run("nightly"))
    house.end_run(house.start_run("nightly"), RunState.FAILED)
    assert house.client.post("/api/jobs/nightly/pause", json={"reason": "vendor outage"}).status_code == 200


def test_a_scrape_tells_what_happened_and_what_is(house: House) -> None:
    busy(house)

    found = scrape(house)

    assert found.by("outcome", "tasks_runs_total", job_type="command") == {"succeeded": 1, "failed": 1}
    assert found.by("outcome", "tasks_occurrences_total") == {"succeeded": 1, "failed": 1}
    assert found.value("tasks_runs_total", job_type="command", outcome="lost") == 0
    assert found.value("tasks_run_duration_seconds_count", job_type="command", outcome="failed") == 1
    assert found.value("tasks_run_lateness_seconds_count", job_type="command", trigger="manual") == 2
    assert found.by("job_id", "tasks_job_last_success_timestamp_seconds").keys() == {"nightly"}
    assert found.by("state", "tasks_sync_state") == {"Invalid": 1}
    assert found.by("job_type", "tasks_jobs") == {"command": 1}
    assert found.by("kind", "tasks_overrides") == {"pause": 1}
    assert found.value("tasks_invalid_manifests") == 1
    assert (found.value("tasks_oldest_override_age_seconds") or 0) > 0
    assert (found.value("tasks_leader"), found.value("tasks_leader_term")) == (1, 1)
    assert 0 <= (found.value("tasks_scheduler_tick_age_seconds") or 0) < 60
    assert found.value("tasks_database_up") == 1
    assert found.by("version", "tasks_build_info")
    for name in ("cpu_seconds_total", "resident_memory_bytes", "open_fds", "threads", "start_time_seconds"):
        assert (found.value(f"process_{name}") or 0) > 0, name


def test_queued_and_running_runs_are_counted(house: House) -> None:
    house.commit_job()
    run_id = house.start_run("nightly")

    assert scrape(house).by("state", "tasks_open_runs") == {"running": 1}
    house.end_run(run_id)
    assert scrape(house).by("state", "tasks_open_runs") == {}


def test_every_metric_of_the_table_is_told_and_nothing_else(house: House) -> None:
    busy(house)

    text = scrape(house).text

    kinds = {Kind.INFO: "gauge"}
    told = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, flags=re.MULTILINE))
    assert told == {metric.name: kinds.get(metric.kind, metric.kind.value) for metric in METRICS}


def test_promtool_has_nothing_to_say(house: House) -> None:
    busy(house)

    assert promtool("check", "metrics", text=scrape(house).text) == ""


def test_the_format_is_the_one_that_is_asked_for(house: House) -> None:
    busy(house)

    plain = house.client.get("/metrics")
    open_metrics = house.client.get("/metrics", headers={"Accept": OPENMETRICS})

    assert plain.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert open_metrics.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    families = {family.name: family for family in text_string_to_metric_families(open_metrics.text)}
    assert families["tasks_runs"].type == "counter"
    assert families["tasks_build"].type == "info"
    assert (
        house.client.get("/metrics", headers={"Accept": "image/png"}).headers["content-type"].startswith("text/plain")
    )


def test_a_scrape_needs_the_key_like_everything_else(locked: House) -> None:
    assert locked.client.get("/metrics").status_code == 401

    answer = locked.client.get("/metrics", headers={"Authorization": f"Bearer {KEY}"})

    assert answer.status_code == 200
    found = Scrape(answer.text)
    assert found.value("tasks_http_requests_total", method="GET", route="none", status="401") == 1


def test_it_is_one_address_without_a_redirect(house: House) -> None:
    assert house.client.head("/metrics").status_code == 200
    refused = house.client.post("/metrics")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")


def test_requests_are_counted_by_the_template_of_their_route(house: House) -> None:
    house.commit_job()
    for path in ("/api/jobs/nightly", "/api/jobs/nightly", "/api/jobs/nobody", "/nowhere"):
        house.client.get(path)
    house.client.request("BREW", "/api/jobs/nightly")

    found = scrape(house)

    route = "/api/jobs/{job_id}"
    assert found.by("status", "tasks_http_requests_total", route=route, method="GET") == {"200": 2, "404": 1}
    assert found.by("method", "tasks_http_requests_total", route=route, status="405") == {"other": 1}
    assert found.by("status", "tasks_http_requests_total", route="none") == {"404": 1}
    assert found.value("tasks_http_request_duration_seconds_count", route=route, method="GET") == 3
    assert not [pairs for name, pairs in found.values if "nightly" in dict(pairs).get("route", "")]
