"""The embedded bot API: users and metrics for installations that have no Slack bot beside them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tasks_service.core.errors import InvalidInput, NotFound
from tasks_service.core.ports import Clock, Host
from tasks_service.core.run import Run, RunState
from tasks_service.core.stores import Page, StoredMetrics, Stores

KINDS = ("usage", "performance", "errors")
LONGEST_HOURS = 24 * 90
_MOST_RUNS = 50_000
"""Runs that one answer is made from, at most."""
_FAILURES = frozenset({RunState.FAILED, RunState.TIMED_OUT, RunState.LOST})

Point = dict[str, Any]


class BotDesk:
    """Answers the endpoints of the bot API from SQL and from measured host figures. Nothing is invented."""

    def __init__(self, *, clock: Clock, stores: Stores, host: Host) -> None:
        self._clock = clock
        self._stores = stores
        self._host = host

    def import_users(self, users: Sequence[Mapping[str, Any]], job_id: str, key: str) -> int:
        """Store a batch; returns the number processed."""
        return self._stores.bot.import_users(users, job_id, key, self._clock.now())

    def store_metrics(self, job_id: str, job_type: str, metrics: Mapping[str, Any], collection_time: str) -> int:
        """Keep a collection; returns its id."""
        try:
            collected = datetime.fromisoformat(collection_time)
        except ValueError as error:
            raise InvalidInput(f"collection_time {collection_time!r} is no ISO 8601 time") from error
        now = self._clock.now()
        collected = collected if collected.tzinfo else collected.replace(tzinfo=now.tzinfo)
        return self._stores.bot.store_metrics(job_id, job_type, metrics, collected, now)

    def metrics(self, kind: str, hours: int) -> list[Point]:
        """``usage``, ``performance`` or ``errors`` of the last hours: ``timestamp name value unit labels`` each."""
        if kind not in KINDS:
            raise NotFound(f"there are no metrics {kind!r}", hint=f"ask for {', '.join(KINDS)}")
        if not 1 <= hours <= LONGEST_HOURS:
            raise InvalidInput(f"hours is between 1 and {LONGEST_HOURS}")
        now = self._clock.now()
        runs = self._stores.ledger.finished_between(now - timedelta(hours=hours), now, _MOST_RUNS)
        if kind == "usage":
            return self._usage(runs, now)
        return self._performance(runs, now) if kind == "performance" else _errors(runs)

    def stored_metrics(self, *, limit: int = 50, cursor: str | None = None) -> Page[StoredMetrics]:
        """Stored collections, newest first."""
        return self._stores.bot.stored_metrics(limit=limit, cursor=cursor)

    def users(self, *, limit: int = 50, cursor: str | None = None) -> Page[Mapping[str, Any]]:
        """Stored users, by name."""
        return self._stores.bot.users(limit=limit, cursor=cursor)

    def _usage(self, runs: Sequence[Run], now: datetime) -> list[Point]:
        counted = Counter((_hour(run), run.job_id, run.job_type, run.state) for run in runs)
        points = [
            _point(hour, "runs", count, "runs", {"job_id": job, "job_type": kind, "state": state.value})
            for (hour, job, kind, state), count in sorted(counted.items())
        ]
        jobs = len(self._stores.inventory.jobs())
        users = self._stores.bot.users_count()
        return [*points, _point(now, "jobs", jobs, "jobs", {}), _point(now, "users_stored", users, "users", {})]

    def _performance(self, runs: Sequence[Run], now: datetime) -> list[Point]:
        points: list[Point] = []
        for run in runs:
            labels = {"job_id": run.job_id, "job_type": run.job_type}
            measured = (
                ("duration_seconds", run.duration_seconds, "seconds"),
                ("lateness_seconds", run.lateness_seconds, "seconds"),
                ("cpu_seconds", run.cpu_seconds, "seconds"),
                ("peak_memory_bytes", run.peak_memory_bytes, "bytes"),
            )
            ended = run.finished_at or now
            points += [_point(ended, name, value, unit, labels) for name, value, unit in measured if value is not None]
        figures = self._host.figures()
        return points + [_point(now, f.name, f.value, f.unit, dict(f.labels)) for f in figures]


def _errors(runs: Sequence[Run]) -> list[Point]:
    counted = Counter(
        (_hour(run), run.job_id, run.error.type if run.error else run.state.value)
        for run in runs
        if run.state in _FAILURES
    )
    return [
        _point(hour, "failed_runs", count, "runs", {"job_id": job, "error_type": kind, "severity": "error"})
        for (hour, job, kind), count in sorted(counted.items())
    ]


def _hour(run: Run) -> datetime:
    ended = run.finished_at or run.due_at
    return ended.replace(minute=0, second=0, microsecond=0)


def _point(at: datetime, name: str, value: float, unit: str, labels: dict[str, str]) -> Point:
    return {"timestamp": at.isoformat(), "name": name, "value": value, "unit": unit, "labels": labels}
