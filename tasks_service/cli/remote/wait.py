"""``tasks wait``: until a revision is carried out."""

import time
from typing import Annotated

import typer

from tasks_service.cli.problem import fail
from tasks_service.cli.remote.options import ServerOption
from tasks_service.cli.remote.screen import patience
from tasks_service.cli.remote.server import connected
from tasks_service.client.connection import Connection, ServerProblem
from tasks_service.client.listing import items_of
from tasks_service.client.revision import SHORTEST, Reached, judge

_POLL_SECONDS = 0.3
_SYNCS_LOOKED_AT = 50
_TIMEOUT_CODE = 1


def wait(
    revision: Annotated[
        str,
        typer.Option("--revision", metavar="SHA", help="A commit, or the beginning of one; what `tasks sync` shows."),
    ],
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait.")] = 60.0,
    server: ServerOption = None,
) -> None:
    """Wait until the server has carried out just this revision.

    Exit code 0: applied; 10: applied, but files are invalid; 11: blocked; 12: pinned or held; 1: not in time; 2: it
    cannot be asked.
    """
    if len(revision) < SHORTEST:
        fail(f"{revision!r} is too short to name one revision", f"give at least {SHORTEST} characters")
    with connected(server) as connection, patience(f"waiting for revision {revision}"):
        reached = _wait(connection, revision, timeout)
    if reached is None:
        typer.echo(f"tasks: revision {revision} was not carried out within {timeout:g} s", err=True)
        typer.echo("  `tasks sync --wait` says what was read, and what is in the way", err=True)
        raise typer.Exit(_TIMEOUT_CODE)
    typer.echo(reached.words, err=bool(reached.verdict))
    raise typer.Exit(int(reached.verdict))


def _wait(connection: Connection, revision: str, timeout: float) -> Reached | None:
    """A server that restarts meanwhile is waited for; one that is still away at the end is a problem."""
    until = time.monotonic() + timeout
    while True:
        away: ServerProblem | None = None
        try:
            if reached := _look(connection, revision):
                return reached
        except ServerProblem as problem:
            if 0 < problem.status < 500:
                raise
            away = problem
        if time.monotonic() >= until:
            if away:
                raise away
            return None
        time.sleep(min(_POLL_SECONDS, max(0.0, until - time.monotonic())))


def _look(connection: Connection, revision: str) -> Reached | None:
    history = items_of(connection.get("/api/syncs", limit=_SYNCS_LOOKED_AT))
    overrides = items_of(connection.get("/api/overrides"))
    return judge(connection.get("/api/sync"), history, overrides, revision)
