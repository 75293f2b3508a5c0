"""The command line's entry: every command and its name."""

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from tasks_service import __version__
from tasks_service.cli.apply import apply
from tasks_service.cli.config import config
from tasks_service.cli.doctor import doctor
from tasks_service.cli.explain import explain
from tasks_service.cli.imports import imports
from tasks_service.cli.init import init
from tasks_service.cli.new import new
from tasks_service.cli.new_type import new_type
from tasks_service.cli.plan import plan
from tasks_service.cli.preview import preview
from tasks_service.cli.remote.adopt import adopt
from tasks_service.cli.remote.artifacts import artifacts
from tasks_service.cli.remote.backfill import backfill
from tasks_service.cli.remote.cancel import cancel
from tasks_service.cli.remote.describe import describe
from tasks_service.cli.remote.get.group import get
from tasks_service.cli.remote.hold import hold
from tasks_service.cli.remote.logs import logs
from tasks_service.cli.remote.pause import pause
from tasks_service.cli.remote.pin import pin
from tasks_service.cli.remote.preflight import preflight
from tasks_service.cli.remote.release import release
from tasks_service.cli.remote.resume import resume
from tasks_service.cli.remote.run import run
from tasks_service.cli.remote.sync import sync
from tasks_service.cli.remote.wait import wait
from tasks_service.cli.rule import rule
from tasks_service.cli.schema import schema
from tasks_service.cli.serve import serve
from tasks_service.cli.simulate import simulate
from tasks_service.cli.validate import validate
from tasks_service.cli.worker import worker

application = typer.Typer(
    name="tasks",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"tasks {__version__}")
        raise typer.Exit


@application.callback()
def _every_command(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """InsightMesh Tasks Service: jobs as YAML files."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # where the terminal has no sign for it, a question mark will do


_MANIFESTS = "Manifests"
application.command(rich_help_panel=_MANIFESTS)(init)
application.command(rich_help_panel=_MANIFESTS)(new)
application.command("new-type", rich_help_panel=_MANIFESTS)(new_type)
application.add_typer(imports, name="import", rich_help_panel=_MANIFESTS)
application.command(rich_help_panel=_MANIFESTS)(validate)
application.command(rich_help_panel=_MANIFESTS)(rule)
application.command(rich_help_panel=_MANIFESTS)(plan)
application.command(rich_help_panel=_MANIFESTS)(apply)
application.command(rich_help_panel=_MANIFESTS)(preview)
application.command(rich_help_panel=_MANIFESTS)(simulate)
application.command(rich_help_panel=_MANIFESTS)(schema)

_JOBS = "Jobs on a server"
application.add_typer(get, name="get", rich_help_panel=_JOBS)
application.add_typer(describe, name="describe", rich_help_panel=_JOBS)
application.command(rich_help_panel=_JOBS)(explain)
application.command(rich_help_panel=_JOBS)(preflight)
application.command(rich_help_panel=_JOBS)(run)
application.command(rich_help_panel=_JOBS)(cancel)
application.command(rich_help_panel=_JOBS)(logs)
application.command(rich_help_panel=_JOBS)(artifacts)
application.command(rich_help_panel=_JOBS)(backfill)
application.command(rich_help_panel=_JOBS)(sync)
application.command(rich_help_panel=_JOBS)(wait)

_OVERRIDES = "Overrides on a server"
application.command(rich_help_panel=_OVERRIDES)(pause)
application.command(rich_help_panel=_OVERRIDES)(resume)
application.command(rich_help_panel=_OVERRIDES)(hold)
application.command(rich_help_panel=_OVERRIDES)(pin)
application.command(rich_help_panel=_OVERRIDES)(release)
application.command(rich_help_panel=_OVERRIDES)(adopt)

_SERVICE = "The service itself"
application.command(rich_help_panel=_SERVICE)(serve)
application.command(rich_help_panel=_SERVICE)(worker)
application.command(rich_help_panel=_SERVICE)(config)
application.command(rich_help_panel=_SERVICE)(doctor)
