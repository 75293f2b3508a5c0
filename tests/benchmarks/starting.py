"""The start of a service with a job that fires every second, after three days of downtime."""

import sqlite3
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.benchmarks.measure import Comparison
from tests.running import Service, command_job

ROUNDS = 3
DOWNTIME = timedelta(days=3)
_RECENT = timedelta(seconds=1)


def comparisons() -> Iterable[Comparison]:
    """The whole process, from its begin until it is healthy and has synced, beside the same without the downtime."""
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder), {"DATABASE_URL": f"sqlite:///{folder}/tasks.db"})
        service.write("job.yaml", command_job("job", "true", schedule="{trigger: interval, seconds: 1}"))
        service.start()
        service.wait_for_job("job", sync="Synced")
        service.stop()
        rounds = [(_start(service, DOWNTIME), _start(service, _RECENT)) for _ in range(ROUNDS)]
    missed, floor = (min(seconds) for seconds in zip(*rounds, strict=True))
    yield Comparison(
        name=f"start after {DOWNTIME.days} days of downtime, a job due every second",
        ours="259,200 missed occurrences have their rows, the latest runs",
        seconds=missed,
        peer="the same start a second after the stop: the floor",
        peer_seconds=floor,
    )


def _start(service: Service, downtime: timedelta) -> float:
    """Seconds until the service is ready, the ledger's cursor so far back."""
    cursor = datetime.now(UTC) - downtime
    with sqlite3.connect(service.folder / "tasks.db") as database:
        database.execute("DELETE FROM runs")
        database.execute("DELETE FROM occurrences")
        told = cursor.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        database.execute("UPDATE jobs SET cursor = ?, next_due = ?", (told, told))
    begun = time.perf_counter()
    service.start()
    taken = time.perf_counter() - begun
    settled = sum(row["count"] for row in service.get("/api/jobs/job/occurrences?limit=500")["items"])
    service.stop()
    if settled < downtime.total_seconds():
        raise RuntimeError(f"only {settled} occurrences have a row: the measurement means nothing")
    return taken
