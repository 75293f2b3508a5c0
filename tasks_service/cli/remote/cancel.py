"""``tasks cancel``: end a run, or all runs of a job that are under way."""

import typer

from tasks_service.cli.remote.options import JsonOption, ReasonOption, RunOrJobArgument, ServerOption
from tasks_service.cli.remote.overriding import body_of, reason_given
from tasks_service.cli.remote.printing import print_answers
from tasks_service.cli.remote.server import asking
from tasks_service.client.runs import run_path, runs_named


def cancel(
    name: RunOrJobArgument, reason: ReasonOption = "", as_json: JsonOption = False, server: ServerOption = None
) -> None:
    """Cancel a run, or all queued and running ones of a job.

    Exit code 0: asked for; 1: nothing is under way; 2: not.
    """
    why = reason_given(reason, "Why is it cancelled?")
    with asking(server) as connection:
        runs = runs_named(connection, name, under_way=True)
        answers = [connection.post(run_path(run["id"], "cancel"), body_of(why)) for run in runs]
    if as_json:
        print_answers(answers)
    for run in () if as_json else answers:
        done = "is cancelled" if run["state"] == "cancelled" else "is asked to end"
        typer.echo(f"run {run['id']} of {run['job_id']} {done}")
    if not answers:
        typer.echo(f"tasks: no run of {name} is queued or running", err=True)
        raise typer.Exit(1)
