"""``tasks get alarms``."""

from enum import StrEnum
from typing import Annotated

import typer

from tasks_service.cli.remote.completion import job_ids
from tasks_service.cli.remote.get.listed import print_listing
from tasks_service.cli.remote.options import JsonOption, NoColourOption, ServerOption, WideOption
from tasks_service.cli.remote.screen import Screen
from tasks_service.cli.remote.server import asking
from tasks_service.cli.remote.table import Column
from tasks_service.cli.remote.wording import moment, state
from tasks_service.client.listing import listing
from tasks_service.core.alarm import AlarmKind


class AlarmState(StrEnum):
    """The value of ``--state``."""

    OPEN = "open"
    PAST = "past"
    ANY = "any"


def alarms(
    job_id: Annotated[
        str | None, typer.Argument(metavar="[JOB]", help="Only the alarms of this job.", autocompletion=job_ids)
    ] = None,
    state_of: Annotated[AlarmState, typer.Option("--state", help="Which of them.")] = AlarmState.OPEN,
    kinds: Annotated[list[AlarmKind] | None, typer.Option("--kind", help="Only of this kind; repeatable.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    wide: WideOption = False,
    as_json: JsonOption = False,
    no_colour: NoColourOption = False,
    server: ServerOption = None,
) -> None:
    """List alarms, the newest first; only the open ones unless asked.

    Exit code 0: listed; 2: it cannot be asked.
    """
    with asking(server) as connection:
        found = listing(
            connection,
            "/api/alarms",
            limit=limit,
            job_id=job_id,
            state=None if state_of is AlarmState.ANY else state_of.value,
            kind=",".join(kinds) if kinds else None,
        )
    print_listing(found, COLUMNS, Screen(no_colour=no_colour), as_json=as_json, wide=wide, noun="alarms")


COLUMNS = (
    Column(title="JOB", tell=lambda alarm, _: alarm["job_id"]),
    Column(title="ALARM", tell=lambda alarm, screen: state(alarm["kind"], screen)),
    Column(title="SINCE", tell=lambda alarm, screen: moment(alarm["since"], screen)),
    Column(title="UNTIL", tell=lambda alarm, screen: moment(alarm.get("until"), screen, none="open")),
    Column(title="WHY", tell=lambda alarm, _: alarm.get("reason", ""), gives_way=True),
    Column(title="RUN", tell=lambda alarm, _: alarm.get("run_id", ""), wide=True),
    Column(title="OVER BY", tell=lambda alarm, _: alarm.get("cleared_by", ""), wide=True),
)
