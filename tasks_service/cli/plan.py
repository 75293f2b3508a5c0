"""``tasks plan``: what a change of the manifests would do, field by field and in time."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from tasks_service.cli.plan_report.form import PlanForm, printed
from tasks_service.cli.problem import fail, settings_or_fail
from tasks_service.core.diagnostics import errors
from tasks_service.core.errors import TasksError
from tasks_service.core.plan_report.report import PlanReport
from tasks_service.settings import Settings


def plan(
    *,
    base: Annotated[
        str | None, typer.Option(metavar="REV", help="Compare with this git revision, not with the live jobs.")
    ] = None,
    head: Annotated[
        str | None, typer.Option(metavar="REV", help="With --base: the revision that is wanted; the files by default.")
    ] = None,
    server: Annotated[
        str | None, typer.Option(metavar="URL", help="Compare with the live jobs of this service; it makes the plan.")
    ] = None,
    source: Annotated[
        str, typer.Option(metavar="NAME", help="With --server: which of its sources holds these files.")
    ] = "",
    form: Annotated[PlanForm, typer.Option("-o", "--output", help="How to print it.")] = PlanForm.TEXT,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Save it for tasks apply FILE.")] = None,
) -> None:
    """Show what the next sync would do: fields, fires gained and lost, odd days, runs per day.

    Exit code 0: nothing; 1: differences or problems; 2: it cannot be said.
    """
    settings = settings_or_fail()
    _refuse_odd(base=base, head=head, server=server, out=out)
    try:
        if base:
            report = _of_revisions(settings, base, head)
        elif server:
            report = _of_server(settings, server, source)
        else:
            report = _of_database(settings)
        if report.failures:
            fail("; ".join(report.failures), "TASKS_MANIFESTS names the directory")
        if out:
            _save(report, server or "", out)
    except TasksError as error:
        fail(error.message, error.hint)
    report = _from_here(report, settings.manifests)
    typer.echo(printed(report, form))
    raise typer.Exit(0 if report.empty and not errors(report.problems) else 1)


def _refuse_odd(*, base: str | None, head: str | None, server: str | None, out: Path | None) -> None:
    if head and not base:
        fail("--head needs --base", "name the revision to compare with, such as --base main")
    if base and server:
        fail("--base and --server exclude each other", "--base compares two revisions, --server asks for the live jobs")
    if base and out:
        fail("--out needs live jobs", "what two revisions differ in cannot be applied: leave out --base")


def _of_server(settings: Settings, server: str, source: str) -> PlanReport:
    """Against the live jobs of a service, with the files that are here."""
    from tasks_service.app.manifests import directory  # here, so that other commands do not load HTTP
    from tasks_service.cli.plan_report.server import plan_of_server
    from tasks_service.client.connection import Connection

    key = settings.api_key.get_secret_value() if settings.api_key else ""
    with Connection(server, key) as connection:
        return plan_of_server(connection, directory(settings).files(), source)


def _of_database(settings: Settings) -> PlanReport:
    """Against the jobs as they were last applied."""
    from tasks_service.app.planning import open_planner  # here, so that other commands do not load the database
    from tasks_service.control.plan_reports import report_of

    planner, stores = open_planner(settings)
    try:
        return report_of(planner.look(planner.applied()))
    finally:
        stores.database.close()


def _of_revisions(settings: Settings, base: str, head: str | None) -> PlanReport:
    from tasks_service.app.revisions import compare_revisions  # here: other commands do not need git

    return compare_revisions(settings, base, head)


def _save(report: PlanReport, server: str, file: Path) -> None:
    from tasks_service.cli.plan_report.saved import SavedPlan, save_plan  # here, so that the text loads no API

    save_plan(SavedPlan(report=report, server=server), file)


def _from_here(report: PlanReport, directory: Path) -> PlanReport:
    """With the paths of findings as one would open them, and as GitHub finds them: a source tells paths of its own."""
    placed = (
        replace(problem, path=str(file)) if (file := directory / problem.path).is_file() else problem
        for problem in report.problems
    )
    return replace(report, problems=tuple(placed))
