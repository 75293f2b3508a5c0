"""``tasks artifacts``: the files that a run left."""

import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from tasks_service.cli.problem import fail
from tasks_service.cli.remote.get.listed import print_listing
from tasks_service.cli.remote.options import JsonOption, NoColourOption, RunOrJobArgument, ServerOption, WideOption
from tasks_service.cli.remote.screen import Screen
from tasks_service.cli.remote.server import asking
from tasks_service.cli.remote.table import Column
from tasks_service.client.connection import Connection
from tasks_service.client.runs import run_path, runs_named
from tasks_service.core.sizes import format_size


def artifacts(
    name: RunOrJobArgument,
    artifact: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Print this one, byte by byte.")] = None,
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="Write it there instead.")] = None,
    wide: WideOption = False,
    as_json: JsonOption = False,
    no_colour: NoColourOption = False,
    server: ServerOption = None,
) -> None:
    """List the files that a run, or the newest run of a job, left; or print one of them.

    Exit code 0: listed or printed; 2: it cannot be asked, or there is none of that name.
    """
    if to and artifact is None:
        fail("--to needs the name of an artifact", f"`tasks artifacts {name}` lists them")
    with asking(server) as connection:
        path = _path(connection, name)
        if artifact is not None:
            _write(connection.content(f"{path}/{quote(artifact, safe='')}"), to)
            return
        found = connection.get(path)
    print_listing(found, COLUMNS, Screen(no_colour=no_colour), as_json=as_json, wide=wide, noun="artifacts")


def _path(connection: Connection, name: str) -> str:
    runs = runs_named(connection, name)
    if not runs:
        fail(f"job {name} has not run yet", f"`tasks run {name}` runs it now")
    return run_path(runs[0]["id"], "artifacts")


def _write(content: bytes, to: Path | None) -> None:
    if to is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        to.write_bytes(content)
    except OSError as error:
        fail(f"{to} cannot be written: {error.strerror}", "name another file with --to")


COLUMNS = (
    Column(title="NAME", tell=lambda artifact, _: artifact["name"]),
    Column(title="SIZE", tell=lambda artifact, screen: _size(artifact["size"], screen)),
    Column(title="SHA256", tell=lambda artifact, _: artifact["sha256"], wide=True),
)


def _size(size: int, screen: Screen) -> str:
    return format_size(size) if screen.terminal else str(size)
