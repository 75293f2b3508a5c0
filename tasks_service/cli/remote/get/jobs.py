"""``tasks get jobs``."""

from collections.abc import Sequence
from typing import Annotated

import typer

from tasks_service.cli.problem import fail
from tasks_service.cli.remote.get.listed import print_listing
from tasks_service.cli.remote.options import JsonOption, NoColourOption, ServerOption, WideOption
from tasks_service.cli.remote.screen import Screen
from tasks_service.cli.remote.server import asking
from tasks_service.cli.remote.table import Cell, Column, Row
from tasks_service.cli.remote.wording import moment, pairs, place, short, state
from tasks_service.client.listing import listing
from tasks_service.core.suggestion import did_you_mean

AXES = {
    "sync": ("Synced", "OutOfSync", "Invalid", "Blocked", "Orphaned", "Unknown"),
    "activity": ("Active", "Suspended", "Paused", "Exhausted", "Terminating"),
    "health": ("Healthy", "Running", "Late", "Missed", "Failing", "Overrunning", "Lost", "NeverRan"),
}
"""The words of each axis; none belongs to two."""


def jobs(
    *,
    label: Annotated[
        list[str] | None,
        typer.Option("--label", "-l", metavar="KEY=VALUE", help="Only jobs with this label; repeatable."),
    ] = None,
    states: Annotated[
        list[str] | None, typer.Option("--state", help="Of sync, activity or health, such as Paused; one of each.")
    ] = None,
    job_type: Annotated[str | None, typer.Option("--type", help="Only jobs of this type.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only jobs of this owner.")] = None,
    origin: Annotated[str | None, typer.Option(help="Only jobs of this source; api for those made by REST.")] = None,
    search: Annotated[str | None, typer.Option(help="A part of job_id, description or owner.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many; default: all.")] = None,
    wide: WideOption = False,
    as_json: JsonOption = False,
    no_colour: NoColourOption = False,
    server: ServerOption = None,
) -> None:
    """List jobs with their three states.

    Exit code 0: listed; 2: it cannot be asked.
    """
    with asking(server) as connection:
        found = listing(
            connection,
            "/api/jobs",
            limit=limit,
            label=label or None,
            job_type=job_type,
            owner=owner,
            origin=origin,
            search=search,
            **_axes(states or ()),
        )
    print_listing(found, _COLUMNS, Screen(no_colour=no_colour), as_json=as_json, wide=wide, noun="jobs")


def _axes(states: Sequence[str]) -> dict[str, str]:
    """The query that asks for these states: each word belongs to one axis."""
    words = {word.lower(): (axis, word) for axis, known in AXES.items() for word in known}
    asked: dict[str, str] = {}
    for given in states:
        if given.lower() not in words:
            known = [word for axis in AXES.values() for word in axis]
            fail(f"{given!r} is no state of a job", did_you_mean(given, known) or f"there are {', '.join(known)}")
        axis, word = words[given.lower()]
        if asked.setdefault(axis, word) != word:
            fail(f"a job is not both {asked[axis]} and {word}", "ask for one of them")
    return asked


def _last(job: Row, screen: Screen) -> Cell:
    """How the newest run went, and when that was."""
    run = job.get("last_run")
    if not run:
        return Cell(text="-", style="dim", plain="")
    told = state(run["state"], screen)
    when = moment(run.get("finished_at") or run.get("started_at"), screen, none="")
    return Cell(text=f"{told.text} {when.text}".rstrip(), style=told.style, plain=run["state"])


_COLUMNS = (
    Column(title="JOB", tell=lambda job, _: job["job_id"]),
    Column(title="SYNC", tell=lambda job, screen: state(job["sync"], screen)),
    Column(title="ACTIVITY", tell=lambda job, screen: state(job["activity"], screen)),
    Column(title="HEALTH", tell=lambda job, screen: state(job["health"], screen)),
    Column(title="NEXT", tell=lambda job, screen: moment(job.get("next_run_time"), screen)),
    Column(title="LAST RUN", tell=_last),
    Column(title="SCHEDULE", tell=lambda job, _: job.get("schedule_words", ""), gives_way=True),
    Column(title="TYPE", tell=lambda job, _: job.get("job_type", ""), wide=True),
    Column(title="OWNER", tell=lambda job, _: job.get("owner", ""), wide=True),
    Column(title="LABELS", tell=lambda job, _: pairs(job.get("labels") or {}), wide=True),
    Column(title="PLACE", tell=lambda job, _: place(job), wide=True),
    Column(title="REVISION", tell=lambda job, _: short(job.get("revision")), wide=True),
)
