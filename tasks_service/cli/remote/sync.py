"""``tasks sync``: read the sources now, and confirm what a guard holds."""

import time
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from tasks_service.cli.problem import fail
from tasks_service.cli.remote.options import JsonOption, ServerOption
from tasks_service.cli.remote.printing import print_json
from tasks_service.cli.remote.screen import Screen, patience
from tasks_service.cli.remote.server import actor, asking, connected
from tasks_service.cli.remote.wording import short, state
from tasks_service.client.connection import Connection
from tasks_service.client.revision import revision_of

_POLL_SECONDS = 0.3
_HEARTBEAT_SECONDS = 11.0
"""A sync that found nothing new leaves a trace only if none did in the ten seconds before."""


def sync(
    waiting: Annotated[bool, typer.Option("--wait", help="Until the sources were read and applied.")] = False,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds to wait.")] = 60.0,
    confirm: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Allow what is held: the plan's id, or the revision of a held source."),
    ] = None,
    allow_prune: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Wait, and allow what is held if it is nothing but deletions, at most so many."
        ),
    ] = None,
    as_json: JsonOption = False,
    server: ServerOption = None,
) -> None:
    """Ask for a sync now.

    Exit code 0: asked for, with --wait or --allow-prune all is Synced; 1: something is not; 2: it cannot be asked.
    """
    waiting = waiting or allow_prune is not None
    body = {"actor": actor()} | ({"confirm": confirm} if confirm else {})
    with asking(server) as connection:
        before = _mark(connection.get("/api/sync"))
        answer = connection.post("/api/sync", body)
    if waiting:
        with connected(server) as connection, patience("waiting for the sync"):
            answer = _wait(connection, before, body, timeout)
            if allow_prune is not None and (plan_id := _deletions(answer, allow_prune)):
                before = _mark(answer)
                connection.post("/api/sync", {"actor": actor(), "confirm": plan_id})
                answer = _wait(connection, before, body, timeout)
    if as_json:
        print_json(answer)
    else:
        _tell(answer, waiting)
    raise typer.Exit(1 if waiting and answer.get("status") != "Synced" else 0)


def _deletions(answer: Mapping[str, Any], most: int) -> str:
    """The id of the plan that is held, if it asks about at most so many deletions and nothing else; empty where it asks
    about nothing."""
    asked = [action for action in answer.get("held", ()) if action.get("asks")]
    if others := sorted({f"{a['verb']} {a['job_id']}" for a in asked if a["verb"] != "delete"}):
        fail(f"more than deletions is held: {', '.join(others)}", "look at the plan, and confirm it by its id")
    if len(asked) > most:
        fail(
            f"{len(asked)} deletions are held, more than the {most} that are allowed", "tasks plan --server tells which"
        )
    return str(answer.get("plan_id", ""))


def _wait(connection: Connection, before: object, body: Mapping[str, Any], timeout: float) -> dict[str, Any]:
    """The status once a sync has followed the one before."""
    begun = time.monotonic()
    asked_again = False
    while _mark(answer := connection.get("/api/sync")) == before:
        waited = time.monotonic() - begun
        if waited > timeout:
            fail(f"no sync came to an end within {timeout:g} s", "look at the service's log")
        if waited > _HEARTBEAT_SECONDS and not asked_again:
            connection.post("/api/sync", {"actor": body["actor"]})
            asked_again = True
        time.sleep(_POLL_SECONDS)
    return answer


def _mark(sync: Mapping[str, Any]) -> object:
    """What changes with each sync: its record, and when the sources were read."""
    last = sync.get("last") or {}
    reads = [source.get("read_at") for source in sync.get("sources", ())]
    return last.get("sync_id"), last.get("last_at"), last.get("repeated"), reads


def _tell(answer: Mapping[str, Any], waited: bool) -> None:
    screen = Screen()
    if not waited:
        typer.echo("a sync is asked for; --wait tells what comes of it")
        return
    typer.echo(f"{state(str(answer.get('status')), screen).text}: {answer.get('reason') or 'no difference'}")
    for source in answer.get("sources", ()):
        observed, applied = revision_of(source.get("observed")), revision_of(source.get("applied"))
        typer.echo(f"  {source.get('name')}: observed {short(observed) or '-'}, applied {short(applied) or '-'}")
