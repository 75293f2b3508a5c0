"""How long jobs usually take, from where a command is told to read it."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tasks_service.cli.problem import fail
from tasks_service.core.durations import parse_duration
from tasks_service.core.errors import TasksError
from tasks_service.core.override import Override
from tasks_service.core.run_durations import Durations
from tasks_service.core.simulation.estimate import HISTORY
from tasks_service.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What was found, by the key of each ``job_id``, and where, in words."""

    words: str
    durations: dict[str, Durations] = field(default_factory=dict)
    overrides: dict[str, list[Override]] = field(default_factory=dict)


def read_history(settings: Settings, place: str | None, now: datetime) -> History:
    """From a file, a database, or nowhere (``none``); where nothing is named the configured database is tried."""
    if place == "none":
        return History(words="no history, as asked")
    if place is not None and "://" not in place:
        return _of_file(Path(place))
    url = place or settings.database_url.get_secret_value()
    from tasks_service.app.planning import read_recorded  # here, so that a file needs no database's library

    try:
        found = read_recorded(url, now - HISTORY)
    except TasksError as error:
        if place is not None:
            fail(f"no durations can be read from the database: {error.message}", error.hint)
        return History(words=f"DATABASE_URL cannot be read ({error.message})")
    words = "from DATABASE_URL" if place is None else "from the database"
    return History(words=words, durations=found.durations, overrides=found.overrides)


def _of_file(path: Path) -> History:
    """A JSON object: ``{"nightly_user_sync": "12m", "hourly": {"p50": 40, "p95": 90.5}}``."""
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        fail(f"{path} cannot be read: {error}", _FORM)
    if not isinstance(document, dict):
        fail(f"{path} holds no JSON object", _FORM)
    return History(
        words=f"from {path}",
        durations={str(name).lower(): _durations(path, name, value) for name, value in document.items()},
    )


_FORM = 'write {"job_id": "12m", "another": {"p50": 40, "p95": 90.5}}: text as in manifests, or seconds'


def _durations(path: Path, name: str, value: Any) -> Durations:
    try:
        if isinstance(value, dict):
            p50 = _seconds(value["p50"])
            return Durations(count=int(value.get("count", 1)), p50=p50, p95=_seconds(value.get("p95", p50)))
        return Durations(count=1, p50=_seconds(value), p95=_seconds(value))
    except (KeyError, TypeError, ValueError) as error:
        fail(f"{path}: the duration of {name!r} cannot be read: {error}", _FORM)


def _seconds(value: Any) -> float:
    seconds = parse_duration(value).total_seconds() if isinstance(value, str) else float(value)
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"{value} is no number of seconds")
    return seconds
