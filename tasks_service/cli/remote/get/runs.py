"""``tasks get runs``."""

from datetime import timedelta
from typing import Annotated

import typer

from tasks_service.cli.remote.completion import job_ids
from tasks_service.cli.remote.get.listed import print_listing
from tasks_service.cli.remote.options import JsonOption, NoColourOption, ServerOption, WideOption
from tasks_service.cli.remote.screen import Screen
from tasks_service.cli.remote.server import asking
from tasks_service.cli.remote.table import Column, Row
from tasks_service.cli.remote.times import span_option
from tasks_service.cli.remote.wording import moment, short, since, state, took
from tasks_service.client.listing import listing


def runs(
    job_id: Annotated[
        str | None, typer.Argument(metavar="[JOB]", help="Only the runs of this job.", autocompletion=job_ids)
    ] = None,
    states: Annotated[
        list[str] | None, typer.Option("--state", help="queued, running, succeeded, failed, …; repeatable.")
    ] = None,
    within: Annotated[
        timedelta | None,
        typer.Option(metavar="DURATION", parser=span_option, help="Only what was due so recently: 90m, 24h, 7d."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    wide: WideOption = False,
    as_json: JsonOption = False,
    no_colour: NoColourOption = False,
    server: ServerOption = None,
) -> None:
    """List runs, the newest first.

    Exit code 0: listed; 2: it cannot be asked.
    """
    screen = Screen(no_colour=no_colour)
    with asking(server) as connection:
        found = listing(
            connection,
            "/api/runs",
            limit=limit,
            job_id=job_id,
            state=",".join(states) if states else None,
            since=since(within, screen) if within else None,
        )
    print_listing(found, COLUMNS, screen, as_json=as_json, wide=wide, noun="runs")


def _error(run: Row, _: Screen) -> str:
    error = run.get("error")
    return f"{error.get('type')}: {error.get('message')}" if error else ""


def _trigger(run: Row) -> str:
    return f"{run.get('trigger', '')}{', dry run' if run.get('dry_run') else ''}"


COLUMNS = (
    Column(title="RUN", tell=lambda run, _: run["id"]),
    Column(title="JOB", tell=lambda run, _: run["job_id"]),
    Column(title="STATE", tell=lambda run, screen: state(run["state"], screen)),
    Column(title="DUE", tell=lambda run, screen: moment(run.get("due_at"), screen)),
    Column(title="TOOK", tell=lambda run, _: took(run.get("duration"))),
    Column(title="TRIGGER", tell=lambda run, _: _trigger(run)),
    Column(title="ERROR", tell=_error, gives_way=True),
    Column(title="ATTEMPT", tell=lambda run, _: str(run.get("attempt", "")), wide=True),
    Column(title="ACTOR", tell=lambda run, _: run.get("actor", ""), wide=True),
    Column(title="NODE", tell=lambda run, _: run.get("node", ""), wide=True),
    Column(title="REVISION", tell=lambda run, _: short(run.get("revision")), wide=True),
)
