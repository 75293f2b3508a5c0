"""``tasks apply``: carries a saved plan out, if the world did not move since."""

from pathlib import Path
from typing import Annotated

import typer

from tasks_service.cli.problem import fail, settings_or_fail
from tasks_service.core.errors import TasksError


def apply(
    file: Annotated[Path, typer.Argument(help="What tasks plan --out FILE wrote.")],
    *,
    confirm: Annotated[bool, typer.Option("--confirm", help="Also carry out what a guard holds in this plan.")] = False,
    server: Annotated[
        str | None, typer.Option(metavar="URL", help="The service; by default what the plan was made against.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=1, max=3600, help="Seconds to wait for a service.")] = 60.0,
) -> None:
    """Carry out a saved plan, exactly as it was looked at.

    Exit code 0: it is carried out, or was already; 1: refused because something moved, or something stays held; 2: it
    cannot be tried.
    """
    # Here, so that other commands load neither the service nor HTTP.
    from tasks_service.cli.plan_report.applying import apply_to_database, apply_to_server
    from tasks_service.cli.plan_report.saved import read_plan
    from tasks_service.client.connection import Connection

    settings = settings_or_fail()
    try:
        saved = read_plan(file)
        if not (address := server or saved.server):
            apply_to_database(settings, saved.report, confirm=confirm)
            return
        key = settings.api_key.get_secret_value() if settings.api_key else ""
        with Connection(address, key) as connection:
            apply_to_server(connection, saved.report, confirm=confirm, timeout=timeout)
    except TasksError as error:
        fail(error.message, error.hint)
