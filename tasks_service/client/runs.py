"""Runs as a command line needs them: found by their id or their job's, and followed until they end."""

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tasks_service.client.connection import Connection, ServerProblem
from tasks_service.client.listing import listing
from tasks_service.client.server_events import server_events

UNDER_WAY = ("queued", "running")
_RUN_ID = re.compile(r"[0-9a-f]{32}")
PATIENCE_SECONDS = 30.0
"""How long a server may be away before following it is given up: a restart takes less."""
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.2, 2.0

Line = dict[str, Any]
Run = dict[str, Any]
Progress = dict[str, Any]


def job_path(job_id: str, *parts: str) -> str:
    """The address of a job, or of something below it."""
    return "/".join(["/api/jobs", quote(job_id, safe=""), *parts])


def run_path(run_id: str, *parts: str) -> str:
    """The address of a run, or of something below it."""
    return "/".join(["/api/runs", quote(run_id, safe=""), *parts])


def runs_named(connection: Connection, name: str, *, under_way: bool = False) -> list[Run]:
    """The run of that id, or the runs of that job, newest first: all that are under way, or only the newest."""
    if _RUN_ID.fullmatch(name):
        try:
            return [connection.get(run_path(name))]
        except ServerProblem as problem:
            if problem.status != 404:
                raise
    states = ",".join(UNDER_WAY) if under_way else None
    job_id = connection.get(job_path(name))["job_id"]
    limit = None if under_way else 1
    return list(listing(connection, "/api/runs", limit=limit, job_id=job_id, state=states)["items"])


def follow(
    connection: Connection,
    run_id: str,
    on_line: Callable[[Line], None],
    *,
    tail: int | None = None,
    on_break: Callable[[ServerProblem], None],
    on_progress: Callable[[Progress], None] = lambda told: None,
    patience: float = PATIENCE_SECONDS,
) -> Run:
    """Hand on each line as it is printed, and what the job tells of its progress, and return the run as it ended.

    A broken stream is resumed after the last line, so that no line is lost or told twice; ``on_break`` is told.
    ``ServerProblem`` where the server stays away for ``patience`` seconds.
    """
    after: str | None = None
    broken_since: float | None = None
    pause = _FIRST_PAUSE_SECONDS
    while True:
        headers = {"last-event-id": after} if after else {}
        try:
            with connection.stream(run_path(run_id, "output", "stream"), headers, tail=tail) as lines:
                broken_since, pause = None, _FIRST_PAUSE_SECONDS
                for event in server_events(lines):
                    after = event.id or after
                    if event.name == "end":
                        return event.data
                    if event.name == "progress":
                        on_progress(event.data)
                    elif event.name == "line":
                        on_line(event.data)
        except ServerProblem as problem:
            if 0 < problem.status < 500 or (broken_since and time.monotonic() > broken_since + patience):
                raise
            if broken_since is None:
                broken_since = time.monotonic()
                on_break(problem)
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
