"""What happens to a running service when its manifests are edited, broken or taken away."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import Service, command_job, serving, wait_for


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    jobs = {f"{name}.yaml": command_job(name, "true") for name in ("alpha", "beta")}
    with serving(tmp_path, jobs) as running:
        yield running


def test_an_edit_is_live_within_two_seconds_and_moves_no_other_job(service: Service) -> None:
    untouched = service.job("beta")
    before = time.monotonic()

    service.write("alpha.yaml", command_job("alpha", "true", schedule='{trigger: cron, expression: "30 4 * * *"}'))
    edited = wait_for("the edit", lambda: (j := service.job("alpha")) and "T04:30" in j["next_run_time"] and j, 5)

    assert time.monotonic() - before < 2
    assert edited["sync"] == "Synced"
    assert untouched is not None
    assert service.job("beta")["next_run_time"] == untouched["next_run_time"]


def test_a_broken_file_keeps_its_job_and_says_where_it_is_broken(service: Service) -> None:
    live = service.job("alpha")
    good = (service.manifests / "alpha.yaml").read_text()

    service.write("alpha.yaml", good + "  broken: [\n")
    broken = service.wait_for_job("alpha", sync="Invalid")

    assert live is not None
    assert broken["next_run_time"] == live["next_run_time"]
    [problem] = broken["problems"]
    assert problem["file"] == "alpha.yaml"
    assert problem["line"] >= 1
    assert problem["column"] >= 1
    assert problem["message"]
    assert problem["since"]
    assert service.get("/health")["status"] == "degraded"

    service.write("alpha.yaml", good)
    assert service.wait_for_job("alpha", sync="Synced")["problems"] == []


def test_a_broken_document_beside_a_good_one_asks_for_attention(service: Service) -> None:
    good = (service.manifests / "alpha.yaml").read_text()

    service.write(
        "alpha.yaml", good + "---\njob_id: gamma\njob_type: comand\nschedule: {trigger: interval, hours: 1}\n"
    )
    found = wait_for("the finding", lambda: service.get("/api/stats")["attention"])

    assert service.wait_for_job("alpha", sync="Synced")["problems"]
    assert [(item["kind"], item["title"]) for item in found] == [("invalid", "alpha.yaml")]
    assert "comand" in found[0]["reason"]


def test_a_vanished_directory_deletes_nothing_and_says_why(service: Service) -> None:
    shutil.rmtree(service.manifests)

    sync = wait_for("the loss to be noticed", lambda: (s := service.get("/api/sync"))["status"] == "Unknown" and s)

    assert str(service.manifests.name) in sync["reason"]
    assert {job["job_id"] for job in service.get("/api/jobs")["items"]} == {"alpha", "beta"}
    assert service.job("alpha")["sync"] == "Unknown"


def test_an_emptied_directory_deletes_nothing_and_says_why(service: Service) -> None:
    for path in service.manifests.iterdir():
        path.unlink()

    sync = wait_for("the loss to be noticed", lambda: (s := service.get("/api/sync"))["status"] == "Blocked" and s)

    assert "empty" in sync["reason"]
    assert service.get("/api/jobs")["total"] == 2


def test_a_deleted_manifest_deletes_its_job_and_one_that_returns_is_the_same_job(service: Service) -> None:
    run = service.run_to_end("alpha")
    text = (service.manifests / "alpha.yaml").read_text()

    (service.manifests / "alpha.yaml").unlink()
    wait_for("the deletion", lambda: service.job("alpha") is None)
    service.write("alpha.yaml", text)
    service.wait_for_job("alpha", sync="Synced")

    assert [r["id"] for r in service.get("/api/jobs/alpha/runs")["items"]] == [run["id"]]


def test_a_mass_deletion_is_held_until_somebody_confirms_that_plan(tmp_path: Path) -> None:
    jobs = {f"job{n}.yaml": command_job(f"job{n}", "true") for n in range(8)}
    with serving(tmp_path, jobs) as service:
        for n in range(5):
            (service.manifests / f"job{n}.yaml").unlink()
        held = wait_for("the guard", lambda: (s := service.get("/api/sync"))["status"] == "Blocked" and s)
        assert service.get("/api/jobs")["total"] == 8
        assert service.job("job1")["sync"] == "Blocked"

        service.post("/api/sync", {"confirm": held["last"]["plan_id"]}, expect=202)

        wait_for("the deletions", lambda: service.get("/api/jobs")["total"] == 3)
