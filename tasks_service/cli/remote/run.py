"""``tasks run``: run a job now, and follow it."""

import json
from typing import Annotated, Any

import typer

from tasks_service.cli.output import Form, workflow_command
from tasks_service.cli.problem import fail
from tasks_service.cli.remote.logs import code_of, follow_output
from tasks_service.cli.remote.options import JobArgument, JsonOption, ServerOption
from tasks_service.cli.remote.printing import print_json
from tasks_service.cli.remote.server import actor, connected
from tasks_service.client.runs import Run, job_path


def run(
    job_id: JobArgument,
    parameters: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="Instead of the manifest's; JSON, else text."),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; kept in the audit.")] = "",
    server: ServerOption = None,
    following: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Print the output until the run ends.")
    ] = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what the run would do; not every type of job can.")
    ] = False,
    form: Annotated[Form, typer.Option("-o", "--output", help="How to print it.")] = Form.TEXT,
    as_json: JsonOption = False,
) -> None:
    """Run a job now and follow it.

    Exit code 0: it succeeded; 1: it did not; 2: it could not be asked for.
    """
    form = Form.JSON if as_json else form
    given = dict(_parameter(p) for p in parameters or ())
    body = {"reason": reason, "actor": actor(), "parameters": given, "dry_run": dry_run}
    with connected(server) as connection:
        answer = connection.post(job_path(job_id, "run"), body)
        typer.echo(
            f"{'dry run' if dry_run else 'run'} {answer['id']} of {answer['job_id']} is {answer['state']}", err=True
        )
        ended = follow_output(connection, answer["id"], show=form is not Form.JSON) if following else answer
    if form is Form.JSON:
        print_json(ended)
    elif dry_run and following:
        print_json(ended["result"])
    elif form is Form.GITHUB and following:
        _annotate(ended)
    raise typer.Exit(code_of(ended) if following else 0)


def _parameter(given: str) -> tuple[str, Any]:
    """``n=3`` is a number, ``days=["mon"]`` a list, ``name=anna`` a text."""
    name, equals, text = given.partition("=")
    if not (name and equals):
        fail(f"{given!r} is no parameter", "write --parameter name=value")
    try:
        return name, json.loads(text)
    except ValueError:
        return name, text


def _annotate(ended: Run) -> None:
    level = "notice" if ended["state"] == "succeeded" else "error"
    error = ended.get("error") or {}
    why = f": {error.get('type')}: {error.get('message')}" if error else ""
    typer.echo(workflow_command(level, ended["job_id"], f"{ended['state']}{why}"))
