"""``tasks explain``: why a job did or did not run at a moment."""

from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from tasks_service.cli.output import PlainForm
from tasks_service.cli.problem import fail, settings_or_fail
from tasks_service.cli.remote.completion import job_ids
from tasks_service.cli.remote.printing import print_json
from tasks_service.cli.remote.server import asking
from tasks_service.client.runs import job_path
from tasks_service.core.errors import TasksError
from tasks_service.core.wording import in_zone


def explain(
    job_id: Annotated[
        str, typer.Argument(metavar="JOB", help="The job's job_id; of a deleted job, too.", autocompletion=job_ids)
    ],
    at: Annotated[
        str,
        typer.Option(
            help="ISO 8601, such as 2026-03-08T02:30 (the job's zone), …T02:30-05:00 or …T02:30[America/New_York]."
        ),
    ] = "now",
    form: Annotated[PlainForm, typer.Option("-o", "--output", help="How to print it.")] = PlainForm.TEXT,
    server: Annotated[
        str | None, typer.Option("--server", metavar="URL", help="Ask this service; default: look into the database.")
    ] = None,
) -> None:
    """Say why a job did or did not run, or will, as the database or a server knows.

    Exit code 0: said; 2: it cannot be said.
    """
    told = _by_server(server, job_id, at) if server else _by_database(job_id, at)
    if form is PlainForm.JSON:
        print_json(told)
    else:
        typer.echo("\n".join([_headline(told), *told["sentences"]]))


def _by_server(server: str, job_id: str, at: str) -> dict[str, Any]:
    with asking(server) as connection:
        return connection.get(job_path(job_id, "explain"), at=None if at == "now" else at)


def _by_database(job_id: str, at: str) -> dict[str, Any]:
    """What the API would answer."""
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
    return ExplanationShape.of(found).model_dump(mode="json")


def _headline(told: dict[str, Any]) -> str:
    moment = in_zone(datetime.fromisoformat(told["at"]), ZoneInfo(told["timezone"]))
    return f"{told['job_id']} at {moment}"
