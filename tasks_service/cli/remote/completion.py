"""Completion: what the server knows, quickly or not at all."""

from collections.abc import Callable, Iterator

import typer

from tasks_service.client.connection import Connection
from tasks_service.client.listing import items_of
from tasks_service.core.errors import TasksError
from tasks_service.settings import SettingsError, read_settings

_SECONDS = 0.5
_NEWEST = 50

Suggestions = list[tuple[str, str]]


def job_ids(ctx: typer.Context, incomplete: str) -> Suggestions:
    """The jobs whose id begins so, each with its schedule in words."""
    return [(i, text) for i, text in _quickly(ctx, _jobs) if i.lower().startswith(incomplete.lower())]


def run_or_job_ids(ctx: typer.Context, incomplete: str) -> Suggestions:
    """The jobs and the newest runs whose id begins so."""
    return job_ids(ctx, incomplete) + [(i, text) for i, text in _quickly(ctx, _runs) if i.startswith(incomplete)]


def _jobs(connection: Connection) -> Iterator[tuple[str, str]]:
    for job in items_of(connection.get("/api/jobs")):
        yield str(job.get("job_id", "")), str(job.get("schedule_words", ""))


def _runs(connection: Connection) -> Iterator[tuple[str, str]]:
    for run in items_of(connection.get("/api/runs", limit=_NEWEST)):
        yield str(run.get("id", "")), f"{run.get('job_id', '')}, {run.get('state', '')}"


def _quickly(ctx: typer.Context, read: Callable[[Connection], Iterator[tuple[str, str]]]) -> Suggestions:
    """What the server says within half a second; nothing where it does not: a shell waits for the answer."""
    try:
        settings = read_settings()
        key = settings.api_key.get_secret_value() if settings.api_key else ""
        with Connection(ctx.params.get("server") or settings.asked_url, key, seconds=_SECONDS) as connection:
            return list(read(connection))
    except (TasksError, SettingsError):
        return []
