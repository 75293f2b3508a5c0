"""The command line's entry: every command and its name."""

import typer

from tasks_service.cli.plan import plan
from tasks_service.cli.preview import preview
from tasks_service.cli.run import run
from tasks_service.cli.schema import schema
from tasks_service.cli.serve import serve
from tasks_service.cli.validate import validate

application = typer.Typer(
    name="tasks",
    help="InsightMesh Tasks Service: jobs as YAML files.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
application.command()(serve)
application.command()(validate)
application.command()(plan)
application.command()(preview)
application.command()(schema)
application.command()(run)
