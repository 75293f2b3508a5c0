"""docs/plans.md: its sample is what the code makes of it, and its commands work around a repository and a service."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import at
from command_line import tasks
from document_blocks import Shown, shown_by
from fakes import FakeClock
from places import place_of
from running import Service, serving, wait_for
from sample_plan import COMMENT, SAMPLE, make_repository

from tasks_service.app.revisions import compare_revisions
from tasks_service.cli.plan_report.form import PlanForm, printed
from tasks_service.settings import read_settings


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return make_repository(tmp_path)


def test_the_sample_comment_is_what_the_change_set_gives(repository: Path) -> None:
    """At 10:00 in Berlin, after the old load and before the new one."""
    clock = FakeClock(at("2026-11-24 09:00"))
    settings = read_settings(None, {"TASKS_MANIFESTS": str(repository / "manifests")})

    report = compare_revisions(settings, "main", "change", clock)

    assert [change.sign for change in report.jobs].count("~") == 3
    assert len(report.jobs) == 5
    assert printed(report, PlanForm.MARKDOWN) + "\n" == COMMENT.read_text("utf-8")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One that has applied the manifests from before."""
    before = {path.name: path.read_text() for path in (SAMPLE / "before").iterdir()}
    with serving(tmp_path_factory.mktemp("planned"), before) as running:
        yield running


@pytest.mark.fault
def test_every_command_works(repository: Path, service: Service) -> None:
    """In their order: a plan finds differences and ends with 1, and what is applied ends with 0."""
    (repository / ".env").write_text(f"DATABASE_URL={place_of(repository)}\n")
    for command in (command for block in shown_by(Shown.PLAN) for command in block.commands):
        program, *arguments = command.partition(" >")[0].replace("http://localhost:5001", service.url).split()
        if arguments[0] == "apply" and service.url in (repository / "plan.json").read_text():
            deliver(service)

        done = tasks(*arguments, cwd=repository)

        assert (program, done.stderr) == ("tasks", ""), command
        assert done.exit_code == (0 if arguments[0] == "apply" else 1), command


def deliver(service: Service) -> None:
    """The change reaches the source of the service, which applies it."""
    shutil.rmtree(service.manifests)
    shutil.copytree(SAMPLE / "after", service.manifests)
    wait_for("the change", lambda: service.job("nightly_report") and not service.job("legacy_export"))
