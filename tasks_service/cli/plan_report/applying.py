"""A saved plan carried out, or refused with all that moved since it was made."""

import os
import time

import typer

from tasks_service.app.applying import apply_here
from tasks_service.cli.plan_report.server import plan_of_server
from tasks_service.cli.problem import fail
from tasks_service.client.connection import Connection
from tasks_service.core.plan_report.report import PlanReport
from tasks_service.core.plan_report.staleness import carried_out, staleness
from tasks_service.core.wording import in_utc
from tasks_service.settings import Settings

_PAUSE_SECONDS = 0.5
_MOST_REASONS = 20


def apply_to_database(settings: Settings, wanted: PlanReport, *, confirm: bool) -> None:
    """Against the configured database, while no service leads on it."""
    confirming = wanted.plan_id if confirm else ""
    found = apply_here(settings, lambda now: _current(wanted, now), confirming, _actor())
    _stop_unless_current(wanted, found)
    _tell(wanted, confirm=confirm)


def apply_to_server(connection: Connection, wanted: PlanReport, *, confirm: bool, timeout: float) -> None:
    """Have a service do it, and wait until it is done."""
    _stop_unless_current(wanted, plan_of_server(connection))
    connection.post(
        "/api/sync", {"actor": _actor()} | ({"confirm": wanted.plan_id} if confirm and wanted.plan_id else {})
    )
    until = time.monotonic() + timeout
    while not _done(wanted, plan_of_server(connection), confirm=confirm):
        if time.monotonic() > until:
            fail(
                f"{connection.url} did not carry it out within {timeout:g} s",
                "look at tasks plan --server, and its log",
            )
        time.sleep(_PAUSE_SECONDS)
    _tell(wanted, confirm=confirm)


def _done(wanted: PlanReport, now: PlanReport, *, confirm: bool) -> bool:
    """What no confirmation helps with stays held."""
    return not now.plan_id and all(c.held for c in now.jobs) if confirm else carried_out(wanted, now)


def _current(wanted: PlanReport, now: PlanReport) -> bool:
    return not list(staleness(wanted, now))


def _stop_unless_current(wanted: PlanReport, now: PlanReport) -> None:
    """End the command where there is nothing to do, or where something moved: the sentences say what."""
    if now.empty and carried_out(wanted, now):
        typer.echo(f"Nothing to do: {now.compared_with} are what the plan makes of them.")
        raise typer.Exit
    if reasons := list(staleness(wanted, now)):
        typer.echo(f"tasks: nothing is applied, because the plan of {in_utc(wanted.at)} no longer holds:", err=True)
        for reason in reasons[:_MOST_REASONS]:
            typer.echo(f"  {reason}", err=True)
        if len(reasons) > _MOST_REASONS:
            typer.echo(f"  … and {len(reasons) - _MOST_REASONS} more", err=True)
        typer.echo("  look at a new one: tasks plan --out FILE", err=True)
        raise typer.Exit(1)


def _tell(wanted: PlanReport, *, confirm: bool) -> None:
    """Say what was done; exit code 1 where something stays held."""
    held = [change for change in wanted.jobs if change.held]
    typer.echo(f"Applied{', with what was held' if held and confirm else ''}. {wanted.summary}")
    if held and not confirm:
        for change in held[:_MOST_REASONS]:
            typer.echo(f"  {change.job_id} is held: {change.held}", err=True)
        typer.echo("  what is held is carried out with --confirm", err=True)
        raise typer.Exit(1)


def _actor() -> str:
    """Who asks, where no key tells: the name at the machine."""
    return os.environ.get("USER") or os.environ.get("LOGNAME") or "command line"
