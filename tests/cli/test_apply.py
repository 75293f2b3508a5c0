"""``tasks apply``: a saved plan is carried out exactly, or refused with what moved."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import tasks
from places import place_of
from running import NIGHTLY, Service, command_job, serving

HOURLY = '{trigger: cron, expression: "0 * * * *"}'


@pytest.fixture
def bare(folder: Path) -> Path:
    """A folder with one manifest and a database that nothing was applied to."""
    (folder / ".env").write_text(f"DATABASE_URL={place_of(folder)}\n")
    return folder


def saved(folder: Path) -> None:
    assert tasks("plan", "--out", "plan.json", cwd=folder).exit_code == 1


def test_a_saved_plan_is_carried_out_once(bare: Path) -> None:
    saved(bare)

    first = tasks("apply", "plan.json", cwd=bare)
    again = tasks("apply", "plan.json", cwd=bare)

    assert (first.exit_code, first.stdout) == (0, "Applied. Plan: 1 to add, 0 to change, 0 to delete, 0 held.\n")
    assert tasks("plan", cwd=bare).exit_code == 0
    assert (again.exit_code, again.stdout.startswith("Nothing to do")) == (0, True)


def test_a_plan_of_other_files_is_refused(bare: Path) -> None:
    saved(bare)
    (bare / "manifests" / "good.yaml").write_text(command_job("good", "true", schedule=HOURLY))
    (bare / "manifests" / "more.yaml").write_text(command_job("more", "true"))

    done = tasks("apply", "plan.json", cwd=bare)

    assert done.exit_code == 1
    assert "what is wanted is another change now: Plan: 2 to add" in done.stderr
    assert "the manifests are those of " in done.stderr
    assert "2 to add" in tasks("plan", cwd=bare).stdout


def test_a_plan_of_another_state_is_refused_and_says_which_jobs_moved(bare: Path) -> None:
    saved(bare)
    assert tasks("apply", "plan.json", cwd=bare).exit_code == 0
    (bare / "manifests" / "good.yaml").write_text(command_job("good", "true", schedule=HOURLY))
    saved(bare)
    (bare / "manifests" / "good.yaml").write_text(command_job("good", "false"))
    assert tasks("plan", "--out", "other.json", cwd=bare).exit_code == 1
    assert tasks("apply", "other.json", cwd=bare).exit_code == 0

    done = tasks("apply", "plan.json", cwd=bare)

    assert (done.exit_code, "  job good was changed\n" in done.stderr) == (1, True)


def test_what_is_held_stays_held_until_it_is_confirmed(bare: Path) -> None:
    for name in ("a", "b", "c"):
        (bare / "manifests" / f"{name}.yaml").write_text(command_job(name, "true"))
    saved(bare)
    assert tasks("apply", "plan.json", cwd=bare).exit_code == 0
    for name in ("a", "b", "c"):
        (bare / "manifests" / f"{name}.yaml").unlink()
    saved(bare)

    held = tasks("apply", "plan.json", cwd=bare)
    confirmed = tasks("apply", "plan.json", "--confirm", cwd=bare)

    assert (held.exit_code, "a is held: 3 of 4 jobs would be deleted" in held.stderr) == (1, True)
    assert (confirmed.exit_code, confirmed.stderr) == (0, "")
    assert tasks("plan", cwd=bare).exit_code == 0


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"format": "tasks-plan/1"}', '{"format": "tasks-plan/1", "report": 5}']
)
def test_a_file_that_is_no_plan_ends_with_2(bare: Path, text: str) -> None:
    (bare / "plan.json").write_text(text)

    done = tasks("apply", "plan.json", cwd=bare)

    assert (done.exit_code, "plan.json is no plan" in done.stderr) == (2, True)


def test_a_file_that_is_missing_ends_with_2(bare: Path) -> None:
    done = tasks("apply", "plan.json", cwd=bare)

    assert (done.exit_code, "plan.json cannot be read" in done.stderr) == (2, True)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    jobs = {f"{name}.yaml": command_job(name, "true") for name in ("one", "two", "three")}
    with serving(tmp_path_factory.mktemp("served"), jobs, TASKS_API_KEY="a-key-of-some-length") as running:
        (running.folder / ".env").write_text(f"DATABASE_URL={place_of(running.folder)}\n")
        yield running


def asked(service: Service, folder: Path, *arguments: str) -> tuple[int, str, str]:
    done = tasks(*arguments, cwd=folder, TASKS_API_KEY="a-key-of-some-length")
    return done.exit_code, done.stdout, done.stderr


def test_a_service_plans_with_files_that_it_does_not_have_and_its_overrides(service: Service, tmp_path: Path) -> None:
    service.post("/api/jobs/two/pause", {"reason": "maintenance"})
    folder = tmp_path / "manifests"
    folder.mkdir()
    for name in ("one", "two", "three"):
        schedule = HOURLY if name != "three" else NIGHTLY
        (folder / f"{name}.yaml").write_text(command_job(name, "true", schedule=schedule))

    code, text, _ = asked(service, tmp_path, "plan", "--server", service.url, "--out", "plan.json")
    told = json.loads(asked(service, tmp_path, "plan", "--server", service.url, "-o", "json")[1])

    assert (code, "Plan: 0 to add, 2 to change, 0 to delete, 0 held." in text) == (1, True)
    gains = {job["job_id"]: (job["fires"]["gained"], job["halted"]) for job in told["jobs"]}
    assert gains == {"one": (161, False), "two": (0, True)}
    assert json.loads((tmp_path / "plan.json").read_text())["server"] == service.url
    code, _, said = asked(service, tmp_path, "apply", "plan.json")
    assert (code, "what is wanted is another change now" in said) == (1, True)
    service.post("/api/jobs/two/resume")
    code, _, said = asked(service, tmp_path, "apply", "plan.json")
    assert (code, "job two was changed" in said) == (1, True)


def test_a_service_carries_out_what_it_held_when_exactly_that_is_confirmed(service: Service) -> None:
    assert asked(service, service.folder, "plan", "--server", service.url)[0] == 0
    for name in ("one", "two", "three"):
        (service.manifests / f"{name}.yaml").unlink()
    service.write("four.yaml", command_job("four", "true"))
    service.wait_for_job("four")

    code, text, _ = asked(service, service.folder, "plan", "--server", service.url, "--out", "plan.json")
    held = asked(service, service.folder, "apply", "plan.json")
    done = asked(service, service.folder, "apply", "plan.json", "--confirm")

    assert (code, text.count("is held")) == (1, 3)
    assert (held[0], "with --confirm" in held[2]) == (1, True)
    assert (done[0], done[1]) == (0, "Applied, with what was held. Plan: 0 to add, 0 to change, 0 to delete, 3 held.\n")
    assert [job["job_id"] for job in service.get("/api/jobs")["items"]] == ["four"]


def test_beside_a_service_a_database_is_left_alone(service: Service) -> None:
    service.write("five.yaml", "job_id: five")  # invalid, so that nothing is applied meanwhile
    assert tasks("plan", "--out", "plan.json", cwd=service.folder).exit_code == 1

    done = tasks("apply", "plan.json", cwd=service.folder)

    assert (done.exit_code, "a service leads on this database" in done.stderr) == (2, True)


def test_a_server_that_is_not_there_ends_with_2(bare: Path) -> None:
    done = tasks("plan", "--server", "http://127.0.0.1:9", cwd=bare)

    assert (done.exit_code, "cannot be reached" in done.stderr) == (2, True)
