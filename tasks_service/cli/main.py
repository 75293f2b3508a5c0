"""The command line's entry: every command and its name."""

import typer

from tasks_service.cli.plan import plan
from tasks_service.cli.run import run
from tasks_service.cli.serve import serve

application = typer.Typer(
    name="tasks",
    help="InsightMesh Tasks Service: jobs as YAML files.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
application.command()(serve)
application.command()(plan)
application.command()(run)
