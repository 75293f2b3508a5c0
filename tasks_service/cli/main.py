"""The command line's entry: every command and its name."""

from typing import Annotated

import typer

from tasks_service import __version__
from tasks_service.cli.config import config
from tasks_service.cli.doctor import doctor
from tasks_service.cli.explain import explain
from tasks_service.cli.imports import imports
from tasks_service.cli.init import init
from tasks_service.cli.new import new
from tasks_service.cli.plan import plan
from tasks_service.cli.preview import preview
from tasks_service.cli.run import run
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


application.command()(init)
application.command()(new)
application.add_typer(imports, name="import")
application.command()(serve)
application.command()(worker)
application.command()(validate)
application.command()(plan)
application.command()(preview)
application.command()(explain)
application.command()(simulate)
application.command()(schema)
application.command()(run)
application.command()(config)
application.command()(doctor)
