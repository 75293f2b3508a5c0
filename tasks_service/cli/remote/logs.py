"""``tasks logs``: what a run printed, or prints."""

import os
import sys
from typing import Annotated

import typer

from tasks_service.cli.problem import fail
from tasks_service.cli.remote.options import RunOrJobArgument, ServerOption
from tasks_service.cli.remote.progress_line import ProgressLine
from tasks_service.cli.remote.server import connected
from tasks_service.client.connection import Connection, ServerProblem
from tasks_service.client.runs import Line, Run, follow, run_path, runs_named
from tasks_service.core.ansi import kept, plain

_LARGEST_PART = 5000


def logs(
    name: RunOrJobArgument,
    following: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the run ends; a broken connection is resumed.")
    ] = False,
    tail: Annotated[
        int | None, typer.Option(min=1, max=_LARGEST_PART, help="Only the last lines of what there is.")
    ] = None,
    server: ServerOption = None,
) -> None:
    """Print the output of a run, or of the newest run of a job.

    Exit code 0: printed, and with --follow the run succeeded; 1: it did not; 2: it cannot be asked.
    """
    with connected(server) as connection:
        runs = runs_named(connection, name)
        if not runs:
            fail(f"job {name} has not run yet", f"`tasks run {name}` runs it now")
        if following:
            raise typer.Exit(code_of(follow_output(connection, runs[0]["id"], tail=tail)))
        _print(connection, runs[0]["id"], tail)


def follow_output(connection: Connection, run_id: str, *, tail: int | None = None, show: bool = True) -> Run:
    """Print the output of a run until it ends, and say on stderr how it ended. Who has enough leaves it running."""
    progress = ProgressLine()

    def on_line(line: Line) -> None:
        progress.clear()
        if show:
            print_line(line)

    try:
        ended = follow(connection, run_id, on_line, tail=tail, on_break=_say_break, on_progress=progress.show)
    except KeyboardInterrupt:
        ways = f"`tasks logs -f {run_id}` follows it, `tasks cancel {run_id}` ends it"
        typer.echo(f"tasks: the run goes on: {ways}", err=True)
        raise
    finally:
        progress.clear()
    error = ended.get("error") or {}
    why = f": {error.get('type')}: {error.get('message')}" if error else ""
    duration = f" after {ended['duration']:.2f} s" if ended.get("duration") is not None else ""
    typer.echo(f"{ended['state']}{duration}{why}", err=True)
    return ended


def code_of(run: Run) -> int:
    """The exit code that tells how a run ended."""
    return 0 if run["state"] == "succeeded" else 1


def print_line(line: Line) -> None:
    """A line where it was printed to; what the service has to say goes to stderr, too. A terminal shows its colours."""
    err = line["stream"] != "stdout"
    styled = line.get("ansi")
    if styled and (sys.stderr if err else sys.stdout).isatty() and not os.environ.get("NO_COLOR"):
        typer.echo(kept(styled)[0], err=err)
    else:
        typer.echo(plain(line["text"]), err=err)


def _say_break(problem: ServerProblem) -> None:
    typer.echo(f"tasks: {problem.message}; trying again", err=True)


def _print(connection: Connection, run_id: str, tail: int | None) -> None:
    after = 0
    while lines := connection.get(run_path(run_id, "output"), after=after, tail=tail, format="json").get("items"):
        for line in lines:
            print_line(line)
        after = lines[-1]["seq"]
        if tail is not None or len(lines) < _LARGEST_PART:
            return
