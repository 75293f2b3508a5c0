"""The dry run over HTTP: what a sync would do, with the files that are sent or as the sources are."""

import pytest
from builders import make_sourced
from house import House
from running import command_job

HOURLY = '{trigger: cron, expression: "0 * * * *"}'


def test_the_sources_as_they_are_hold_nothing_new(house: House) -> None:
    house.commit(make_sourced("nightly"))

    told = house.client.post("/api/plan").json()

    assert (told["summary"], told["jobs"]) == ("Plan: 0 to add, 0 to change, 0 to delete, 0 held.", [])
    assert (told["base"], list(told["base"])) == (told["result"], ["job nightly"])


def test_files_that_are_sent_are_planned_and_nothing_is_changed(house: House) -> None:
    house.commit(make_sourced("nightly"))
    files = {
        "nightly.yaml": command_job("nightly", "true", schedule=HOURLY),
        "team/new.yaml": command_job("new", "true"),
    }

    answer = house.client.post("/api/plan", json={"files": files})
    told = {job["job_id"]: job for job in answer.json()["jobs"]}

    assert answer.status_code == 200
    assert (told["nightly"]["sign"], told["new"]["sign"]) == ("~", "+")
    assert told["new"]["reasons"] == ["new in team/new.yaml:1"]
    assert (told["nightly"]["fires"]["before"], told["nightly"]["fires"]["after"]) == (7, 168)
    assert "1 → 24 runs per day" in told["nightly"]["sentences"][0]
    assert [job.job_id for job in house.panel.catalog.jobs()] == ["nightly"]


def test_overrides_and_guards_are_part_of_the_plan(house: House) -> None:
    house.commit(*(make_sourced(name) for name in ("a", "b", "c")))
    house.client.post("/api/jobs/a/pause", json={"reason": "maintenance"})

    told = house.client.post("/api/plan", json={"files": {"a.yaml": command_job("a", "true", schedule=HOURLY)}}).json()
    without = house.client.post("/api/plan", json={"files": {}}).json()

    [edited] = [job for job in told["jobs"] if job["job_id"] == "a"]
    assert (edited["halted"], edited["fires"]["gained"]) == (True, 0)
    assert without["failures"] == ["directory: it is empty, although it held jobs; nothing is deleted"]


def test_a_broken_file_is_told_with_its_line(house: House) -> None:
    told = house.client.post("/api/plan", json={"files": {"a.yaml": "job_id: ["}}).json()

    assert [(p["file"], p["line"], p["rule"]) for p in told["problems"]] == [("a.yaml", 2, "JM001")]


@pytest.mark.parametrize("path", ["../a.yaml", "/a.yaml", "a//b.yaml", "./a.yaml", "a\nb.yaml"])
def test_a_path_that_leads_out_is_refused(house: House, path: str) -> None:
    answer = house.client.post("/api/plan", json={"files": {path: command_job("a", "true")}})

    assert (answer.status_code, "is no path of a file of manifests" in answer.json()["error"]) == (422, True)


def test_a_source_that_is_not_there_is_refused(house: House) -> None:
    answer = house.client.post("/api/plan", json={"files": {}, "source": "git"})

    assert (answer.status_code, "there is no source 'git'" in answer.json()["error"]) == (422, True)


def test_more_than_other_requests_may_be_sent(house: House) -> None:
    padding = "# " + "x" * 2**18 + "\n"
    files = {f"{n}.yaml": padding[: 2**17] + "\n" + command_job(f"j{n}", "true") for n in range(12)}

    assert house.client.post("/api/plan", json={"files": files}).json()["summary"].startswith("Plan: 12 to add")
    assert house.client.post("/api/plan", content=b"x" * (8 * 2**20 + 1)).status_code == 413
