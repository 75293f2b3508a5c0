"""``tasks preflight``: whether a run of a job would be able to work."""

import time
from typing import Annotated, Any

import typer

from tasks_service.cli.problem import fail
from tasks_service.cli.remote.options import JobArgument, JsonOption, NoColourOption, ServerOption
from tasks_service.cli.remote.printing import print_json
from tasks_service.cli.remote.screen import Screen, patience
from tasks_service.cli.remote.server import actor, connected
from tasks_service.cli.remote.table import Cell, print_facts
from tasks_service.cli.remote.wording import clock, state
from tasks_service.client.connection import Connection
from tasks_service.client.runs import job_path

_POLL_SECONDS = 0.2
_FAILED, _NOT_POSSIBLE = 1, 2


def preflight(
    job_id: JobArgument,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait for it.")] = 60.0,
    as_json: JsonOption = False,
    no_colour: NoColourOption = False,
    server: ServerOption = None,
) -> None:
    """Look whether a run of a job would be able to work, without doing its work.

    Exit code 0: it would; 1: it would fail; 2: that cannot be told.
    """
    with connected(server) as connection, patience(f"looking whether {job_id} would work"):
        asked = connection.post(job_path(job_id, "preflight"), {"actor": actor()})
        made = _made(connection, job_id, timeout) if asked["asked_at"] else asked
    if made is None:
        fail(f"nobody has made the preflight of {job_id} within {timeout:g} s", "`tasks describe job` tells it later")
    if as_json:
        print_json(made)
    else:
        screen = Screen(no_colour=no_colour)
        print_facts(screen, f"Preflight of {job_id}", preflight_facts(made, screen))
    raise typer.Exit({"ok": 0, "failed": _FAILED}.get(made["state"], _NOT_POSSIBLE))


def _made(connection: Connection, job_id: str, timeout: float) -> dict[str, Any] | None:
    until = time.monotonic() + timeout
    while True:
        made: dict[str, Any] | None = connection.get(job_path(job_id))["preflight"]
        if made and not made["asked_at"]:
            return made
        if time.monotonic() >= until:
            return None
        time.sleep(_POLL_SECONDS)


def preflight_facts(made: dict[str, Any], screen: Screen) -> list[tuple[str, Cell | str]]:
    """A preflight in words: how it ended and when, then each finding with what to do."""
    told = state(made["state"], screen)
    notes = [made["reason"], "" if made["current"] or not made["at"] else "for an older definition"]
    words = "; ".join(note for note in (clock(made["at"], screen, none="not made yet"), *notes) if note)
    facts: list[tuple[str, Cell | str]] = [("result", Cell(text=f"{told.text}, {words}", style=told.style))]
    for finding in made["findings"]:
        facts += [
            ("fails" if finding["fatal"] else "less", finding["what"]),
            ("why", finding["why"]),
            ("do", finding["remedy"]),
        ]
    return facts
