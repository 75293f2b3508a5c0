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
    form: Annotated[PlanForm, typer.Option("-o", "--output", help="How to print it.")] = PlanForm.TEXT,
) -> None:
    """Show what the next sync would do: fields, fires gained and lost, odd days, runs per day.

    Exit code 0: nothing; 1: differences or problems; 2: it cannot be said.
    """
    settings = settings_or_fail()
    if head and not base:
        fail("--head needs --base", "name the revision to compare with, such as --base main")
    try:
        report = _of_revisions(settings, base, head) if base else _of_database(settings)
    except TasksError as error:
        fail(error.message, error.hint)
    if report.failures:
        fail("; ".join(report.failures), "TASKS_MANIFESTS names the directory")
    report = _from_here(report, settings.manifests)
    typer.echo(printed(report, form))
    raise typer.Exit(0 if report.empty and not errors(report.problems) else 1)


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


def _from_here(report: PlanReport, directory: Path) -> PlanReport:
    """With the paths of findings as one would open them, and as GitHub finds them: a source tells paths of its own."""
    placed = (
        replace(problem, path=str(file)) if (file := directory / problem.path).is_file() else problem
        for problem in report.problems
    )
    return replace(report, problems=tuple(placed))
