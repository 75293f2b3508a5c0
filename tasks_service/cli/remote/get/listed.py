"""A list of the API as every noun prints it: a table, or the JSON that the API answers."""

from collections.abc import Sequence
from typing import Any

import typer

from tasks_service.cli.remote.printing import print_json
from tasks_service.cli.remote.screen import Screen
from tasks_service.cli.remote.table import Column, print_table


def print_listing(
    found: dict[str, Any], columns: Sequence[Column], screen: Screen, *, as_json: bool, wide: bool, noun: str
) -> None:
    """Print what was found; a terminal is told where there is more."""
    if as_json:
        print_json(found)
        return
    print_table(screen, columns, found["items"], wide=wide, empty=f"no {noun}")
    if screen.terminal and found["next_cursor"]:
        typer.echo(f"the first {len(found['items'])} of {found['total']}: --limit shows more", err=True)
