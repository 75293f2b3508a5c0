"""``tasks backfill``: run a job for slots of the past that nothing ran for."""

import sys
from datetime import datetime
from typing import Annotated, Any

import typer

from tasks_service.cli.remote.options import JobArgument, JsonOption, NoColourOption, ReasonOption, ServerOption
from tasks_service.cli.remote.overriding import body_of, reason_given
from tasks_service.cli.remote.printing import print_json
from tasks_service.cli.remote.screen import Screen
from tasks_service.cli.remote.server import asking
from tasks_service.cli.remote.table import Column, print_table
from tasks_service.cli.remote.times import moment_option
from tasks_service.cli.remote.wording import clock, state
from tasks_service.client.runs import job_path

_SHOWN = 20
"""Slots that a terminal is shown; a pipe is given them all."""


def backfill(
    job_id: JobArgument,
    *,
    since: Annotated[
        datetime, typer.Option("--from", metavar="TIME", parser=moment_option, help="Slots after this moment.")
    ],
    until: Annotated[
        datetime | None,
        typer.Option("--to", metavar="TIME", parser=moment_option, help="Up to this moment; default: now."),
    ] = None,
    plan: Annotated[str, typer.Option(metavar="ID", help="Run what a look before showed under this id.")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="The most runs, the oldest slots first.")] = None,
    reason: ReasonOption = "",
    force: Annotated[bool, typer.Option("--force", help="Also while the job is paused or suspended.")] = False,
    as_json: JsonOption = False,
    no_colour: NoColourOption = False,
    server: ServerOption = None,
) -> None:
    """Show the slots of the past that nothing ran for; with --plan, or once you agree, run the job for them.

    Exit code 0: shown or queued; 2: it cannot be asked for.
    """
    given = {"from": since.isoformat(), "to": until.isoformat() if until else None, "limit": limit}
    stretch = {name: value for name, value in given.items() if value}
    if not plan:
        with asking(server) as connection:
            seen = connection.post(job_path(job_id, "backfill"), {**stretch, "dry_run": True})
        _show(seen, as_json=as_json, screen=Screen(no_colour=no_colour))
        if as_json or not _agreed(seen):
            return
        plan, stretch = str(seen["plan"]), stretch | {"to": seen["to"]}
    why = reason_given(reason, "Why is it backfilled?")
    with asking(server) as connection:
        done = connection.post(job_path(job_id, "backfill"), {**stretch, **body_of(why, plan=plan, force=force)})
    if as_json:
        print_json(done)
    else:
        typer.echo(str(done["message"]))


def _show(seen: dict[str, Any], *, as_json: bool, screen: Screen) -> None:
    if as_json:
        print_json(seen)
        return
    slots = seen["slots"][:_SHOWN] if screen.terminal else seen["slots"]
    print_table(screen, _COLUMNS, slots, empty="nothing is missing in that time")
    if len(slots) < len(seen["slots"]):
        typer.echo(f"and {len(seen['slots']) - len(slots)} more", err=True)
    typer.echo(str(seen["message"]), err=True)
    if seen.get("held"):
        typer.echo(f"  refused without --force: {seen['held']}", err=True)
    if seen["slots"]:
        typer.echo(f"  the same command with --plan {seen['plan']} and --to {seen['to']} runs them", err=True)


def _agreed(seen: dict[str, Any]) -> bool:
    """Asked only where there is something to run and somebody to answer."""
    if not seen["slots"] or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    return typer.confirm(f"Run {seen['job_id']} for {seen['count']} slots?", default=False, err=True)


_COLUMNS = (
    Column(title="DUE", tell=lambda slot, screen: clock(slot["due_at"], screen) if screen.terminal else slot["due_at"]),
    Column(title="WAS", tell=lambda slot, screen: state(slot.get("outcome") or "no row", screen)),
    Column(title="WHY", tell=lambda slot, _: slot.get("reason", ""), gives_way=True),
)
