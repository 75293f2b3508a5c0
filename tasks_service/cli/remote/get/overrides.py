"""``tasks get overrides``."""

from typing import Annotated, Any

import typer

from tasks_service.cli.remote.get.listed import print_listing
from tasks_service.cli.remote.options import JsonOption, NoColourOption, ServerOption, WideOption
from tasks_service.cli.remote.screen import Screen
from tasks_service.cli.remote.server import asking
from tasks_service.cli.remote.table import Column, Row
from tasks_service.cli.remote.wording import moment, short, state
from tasks_service.client.listing import items_of
from tasks_service.client.overrides import override_of, scope_of


def overrides(
    debt: Annotated[bool, typer.Option("--debt", help="Only those that have been in force for long.")] = False,
    wide: WideOption = False,
    as_json: JsonOption = False,
    no_colour: NoColourOption = False,
    server: ServerOption = None,
) -> None:
    """List what people hold back or force: who, why, since when, until when.

    Exit code 0: listed; 2: it cannot be asked.
    """
    with asking(server) as connection:
        found = {"next_cursor": None, **connection.get("/api/overrides", debt="true" if debt else None)}
        items_of(found)
    print_listing(found, COLUMNS, Screen(no_colour=no_colour), as_json=as_json, wide=wide, noun="overrides")


def _of(row: Row, name: str) -> Any:
    return override_of(row).get(name) or ""


COLUMNS = (
    Column(title="SCOPE", tell=lambda row, _: scope_of(row)),
    Column(title="KIND", tell=lambda row, screen: state(_of(row, "kind"), screen)),
    Column(title="WHO", tell=lambda row, _: _of(row, "actor")),
    Column(title="SINCE", tell=lambda row, screen: moment(_of(row, "created_at"), screen)),
    Column(title="UNTIL", tell=lambda row, screen: moment(_of(row, "until"), screen, none="released")),
    Column(title="REVISION", tell=lambda row, _: short(_of(row, "revision")), wide=True),
    Column(title="WHY", tell=lambda row, _: _of(row, "reason"), gives_way=True),
    Column(title="JOBS", tell=lambda row, _: str(row.get("jobs", "")), wide=True),
    Column(title="DEBT", tell=lambda row, _: row.get("debt", ""), wide=True),
)
