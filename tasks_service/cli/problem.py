"""How a command ends when it cannot go on: a sentence, what to do, and exit code 2; never a traceback."""

from typing import NoReturn

import typer

from tasks_service.settings import Settings, SettingsError, read_settings


def fail(message: str, hint: str = "") -> NoReturn:
    """Say why on stderr and exit with 2."""
    typer.echo(f"tasks: {message}", err=True)
    if hint:
        typer.echo(f"  {hint}", err=True)
    raise typer.Exit(2)


def settings_or_fail() -> Settings:
    """The settings, or the end with a sentence for each wrong variable."""
    try:
        return read_settings()
    except SettingsError as error:
        fail("\n  ".join(error.problems))
