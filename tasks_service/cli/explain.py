"""``tasks explain``: why a job did or did not run at a moment."""

from typing import Annotated

import typer

from tasks_service.cli.output import PlainForm
from tasks_service.cli.problem import fail, settings_or_fail
from tasks_service.core.errors import TasksError


def explain(
    job_id: Annotated[str, typer.Argument(metavar="JOB", help="The job's job_id; of a deleted job, too.")],
    at: Annotated[
        str,
        typer.Option(
            help="ISO 8601, such as 2026-03-08T02:30 (the job's zone), …T02:30-05:00 or …T02:30[America/New_York]."
        ),
    ] = "now",
    form: Annotated[PlainForm, typer.Option("-o", "--output", help="How to print it.")] = PlainForm.TEXT,
) -> None:
    """Say why a job did or did not run, or will, as the database knows. Exit code 0: said; 2: it cannot be said."""
    from tasks_service.api.shapes.explanation import ExplanationShape  # here: other commands do without
    from tasks_service.app.explaining import open_explainer

    try:
        explainer, stores = open_explainer(settings_or_fail())
        try:
            found = explainer.explain(job_id, at)
        finally:
            stores.close()
    except TasksError as error:
        fail(error.message, error.hint)
    if form is PlainForm.JSON:
        typer.echo(ExplanationShape.of(found).model_dump_json(indent=2))
    else:
        typer.echo("\n".join([f"{found.facts.job_id} at {found.facts.told(found.facts.moment)}", *found.sentences]))
