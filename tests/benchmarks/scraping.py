"""A scrape of 10,000 jobs with 90 days of history, beside the bare SQL that it must ask."""

import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from tasks_service.adapters.prometheus_exposition import PrometheusExposition
from tasks_service.adapters.psutil_host import PsutilHost
from tasks_service.control.catalog import Catalog
from tasks_service.control.metrics import Metrics
from tasks_service.control.override_desk import OverrideDesk
from tasks_service.control.override_terms import Terms
from tasks_service.control.overrides import Overrides
from tasks_service.control.status import Pulse, Status
from tasks_service.core.validation import Rulebook
from tasks_service.jobs.job_registry import load_job_types
from tests.benchmarks.house import House, InstantExecutor
from tests.benchmarks.measure import Comparison, fastest

JOBS, DAYS, FRESH = 10_000, 90, 1_000
PER_FILE = 500
MANIFEST = """\
---
job_id: job_{n:05}
job_type: command
schedule: {{trigger: interval, days: 1}}
parameters: {{argv: ["true"]}}
"""
HISTORY = (
    """
    INSERT INTO occurrences (job_uid, job_id, slot, due_at, until, slots, trigger, outcome, reason, digest, revision,
    recorded_at, closed_at, counted)
    WITH RECURSIVE days (day) AS (SELECT 1 UNION ALL SELECT day + 1 FROM days WHERE day < :days)
    SELECT job_uid, job_id, 'day-' || day, strftime('%Y-%m-%dT00:00:00.000000Z', 'now', '-' || day || ' days'),
    strftime('%Y-%m-%dT00:00:00.000000Z', 'now', '-' || day || ' days'), 1, 'schedule', 'succeeded', '', digest,
    revision, cursor, cursor, 1 FROM days, jobs
    """,
    """
    INSERT INTO runs (run_id, occurrence_id, attempt, job_uid, job_id, job_type, slot, due_at, trigger, state, digest,
    revision, parameters, exclusive, queued_at, not_before, started_at, finished_at, seconds, owner, node, actor,
    cancel_requested_by, cancel_reason, cpu_seconds, peak_memory_bytes, counted)
    SELECT occurrence_id, occurrence_id, 1, job_uid, job_id, 'command', slot, due_at, trigger, outcome, digest,
    revision, '{}', 1, due_at, due_at, due_at, due_at, 0.5, '', '', '', '', '', 0.1, 33554432, 1 FROM occurrences
    """,
    "ANALYZE",
)
FLOOR = (
    "SELECT * FROM tallies",
    "SELECT state, count(*) FROM runs WHERE state IN ('queued', 'running') GROUP BY state",
    """SELECT job_id, job_type, (SELECT max(finished_at) FROM runs r WHERE r.job_uid = jobs.job_uid
    AND r.state = 'succeeded') FROM jobs WHERE deleted_at IS NULL ORDER BY job_key""",
    "SELECT kind, count(*), min(created_at) FROM overrides WHERE ended_at IS NULL GROUP BY kind",
    "SELECT * FROM lease",
    "SELECT * FROM problems",
)


def comparisons() -> Iterable[Comparison]:
    """With nothing new since the last scrape, and with runs that ended since."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        house = _house(folder)
        metrics = _metrics(house, folder)
        floor = fastest(lambda: _floor(folder))
        yield Comparison(
            name=f"scrape of {JOBS:,} jobs with {JOBS * DAYS:,} runs",
            ours="look for what is new, read, write the text",
            seconds=fastest(lambda: _scrape(metrics)),
            peer="the SQL alone, with the sqlite3 module",
            peer_seconds=floor,
        )
        yield Comparison(
            name=f"the same with {FRESH:,} runs that ended since",
            ours="mark them, add them up, read, write the text",
            seconds=min(_fresh(folder, metrics) for _ in range(3)),
            peer="the SQL alone, with the sqlite3 module, without adding anything",
            peer_seconds=floor,
        )
        house.close()


def _house(folder: Path) -> House:
    (folder / "manifests").mkdir()
    for first in range(0, JOBS, PER_FILE):
        text = "".join(MANIFEST.format(n=n) for n in range(first, first + PER_FILE))
        (folder / "manifests" / f"jobs_{first:05}.yaml").write_text(text, "utf-8")
    house = House(folder)
    house.reconciler.sync()
    _write(folder, HISTORY)
    return house


def _metrics(house: House, folder: Path) -> Metrics:
    rulebook = Rulebook(types=load_job_types())
    interval = timedelta(seconds=30)
    host = PsutilHost(str(folder))
    pulse = Pulse(
        leading=lambda: True,
        tick_age=lambda: 0.0,
        clock_back=lambda: None,
        usage=host.usage,
        sandbox=InstantExecutor().sandbox,
        wake=lambda: None,
        timezone="UTC",
        executors=("local",),
        database_kind="sqlite",
        warnings=(),
        interval=interval,
    )
    catalog = Catalog(clock=house.clock, stores=house.stores, rulebook=rulebook, interval=interval)
    terms = Terms(require_reason=False, default_days=None)
    overrides = Overrides(clock=house.clock, catalog=catalog, stores=house.stores, wake=lambda: None, terms=terms)
    desk = OverrideDesk(
        clock=house.clock,
        catalog=catalog,
        stores=house.stores,
        overrides=overrides,
        wake=lambda: None,
        terms=terms,
        debt_days=7,
    )
    status = Status(clock=house.clock, catalog=catalog, stores=house.stores, pulse=pulse, overrides=desk)
    return Metrics(
        clock=house.clock,
        stores=house.stores,
        status=status,
        pulse=pulse,
        host=host,
        exposition=PrometheusExposition(),
        job_types=rulebook.types,
    )


def _scrape(metrics: Metrics) -> None:
    if metrics.scrape("").content.count(b"tasks_job_last_success_timestamp_seconds{") != JOBS:
        raise RuntimeError("not every job is told: the measurement means nothing")


def _fresh(folder: Path, metrics: Metrics) -> float:
    newest = "(SELECT {key} FROM {table} ORDER BY {key} DESC LIMIT :fresh)"
    _write(
        folder,
        [
            f"UPDATE {table} SET counted = 0 WHERE {key} IN {newest.format(table=table, key=key)}"
            for table, key in (("runs", "number"), ("occurrences", "occurrence_id"))
        ],
    )
    return fastest(lambda: _scrape(metrics), rounds=1)


def _write(folder: Path, statements: Iterable[str]) -> None:
    with closing(sqlite3.connect(folder / "tasks.db")) as connection, connection:
        for setting in ("synchronous = OFF", "cache_size = -400000"):  # only the preparation is made quick
            connection.execute(f"PRAGMA {setting}")
        for statement in statements:
            connection.execute(statement, {"days": DAYS, "fresh": FRESH})


def _floor(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "tasks.db")) as connection:
        for statement in FLOOR:
            connection.execute(statement).fetchall()
