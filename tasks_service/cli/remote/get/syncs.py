"""``tasks get syncs``."""

from typing import Annotated

import typer

from tasks_service.cli.remote.get.listed import print_listing
from tasks_service.cli.remote.options import JsonOption, NoColourOption, ServerOption, WideOption
from tasks_service.cli.remote.screen import Screen
from tasks_service.cli.remote.server import asking
from tasks_service.cli.remote.table import Column
from tasks_service.cli.remote.wording import moment, short, state
from tasks_service.client.listing import listing


def syncs(
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    wide: WideOption = False,
    as_json: JsonOption = False,
    no_colour: NoColourOption = False,
    server: ServerOption = None,
) -> None:
    """List distinct results of syncs, the newest first.

    Exit code 0: listed; 2: it cannot be asked.
    """
    with asking(server) as connection:
        found = listing(connection, "/api/syncs", limit=limit)
    print_listing(found, COLUMNS, Screen(no_colour=no_colour), as_json=as_json, wide=wide, noun="syncs")


COLUMNS = (
    Column(title="AT", tell=lambda sync, screen: moment(sync["at"], screen)),
    Column(title="STATUS", tell=lambda sync, screen: state(sync["status"], screen)),
    Column(title="REVISION", tell=lambda sync, _: short(sync.get("revision"))),
    Column(title="PLAN", tell=lambda sync, _: sync.get("plan_id", "")),
    Column(title="CHANGES", tell=lambda sync, _: sync.get("summary", ""), gives_way=True),
    Column(title="WHY", tell=lambda sync, _: sync.get("reason", ""), gives_way=True),
    Column(title="REPEATED", tell=lambda sync, _: str(sync.get("repeated", "")), wide=True),
    Column(title="LAST AT", tell=lambda sync, screen: moment(sync.get("last_at"), screen), wide=True),
)
