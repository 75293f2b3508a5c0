"""1,000 jobs due at once: until each is durably accounted for."""

import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Lock

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from tests.benchmarks.house import House
from tests.benchmarks.measure import Comparison
from tests.fakes import FakeClock

JOBS = 1_000
MANIFEST = """\
---
job_id: job_{n:04}
job_type: command
schedule: {{trigger: interval, hours: 1}}
parameters: {{argv: ["true"]}}
"""
ROUNDS = 3
ran = Event()
_count, _lock = 0, Lock()


def comparisons() -> Iterable[Comparison]:
    """Claims alone, and the whole way to a final row, beside APScheduler's own SQLite job store."""
    ours = [_ours() for _ in range(ROUNDS)]
    peer = min(_peer() for _ in range(ROUNDS))
    beside = "APScheduler with its SQLite job store: run nothing, move each job on"
    yield Comparison(
        name=f"{JOBS:,} jobs due at once: claimed",
        ours="one committed row for each",
        seconds=min(claimed for claimed, _ in ours),
        peer=beside,
        peer_seconds=peer,
    )
    yield Comparison(
        name=f"{JOBS:,} jobs due at once: claimed, started, recorded",
        ours="a final row for each, with its start and its end",
        seconds=min(done for _, done in ours),
        peer=beside,
        peer_seconds=peer,
    )


def _ours() -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        manifests = Path(folder) / "manifests" / "jobs.yaml"
        manifests.parent.mkdir()
        manifests.write_text("".join(MANIFEST.format(n=n) for n in range(JOBS)), "utf-8")
        clock = FakeClock(datetime(2030, 1, 1, 0, 30, tzinfo=UTC))
        house = House(Path(folder), clock)
        house.reconciler.sync()
        clock.advance(1800)
        start = time.perf_counter()
        claimed = house.dispatcher.settle(house.roster.uids())
        after_claim = time.perf_counter()
        while house.dispatcher.step() == 0.0 or house.stores.ledger.ready(clock.now(), 1):
            pass
        house.runner.flush()
        done = time.perf_counter()
        if len(claimed) != JOBS or any(r.finished_at is None for r in _runs(house)):
            raise RuntimeError("not every job ran: the measurement means nothing")
        house.close()
    return after_claim - start, done - start


def _runs(house: House) -> Iterable[object]:
    for runs in house.stores.ledger.latest_runs(house.roster.uids(), per_job=1).values():
        yield from runs


def _peer() -> float:
    global _count
    _count = 0
    ran.clear()
    with tempfile.TemporaryDirectory() as folder:
        store = SQLAlchemyJobStore(url=f"sqlite:///{folder}/jobs.db")
        scheduler = BackgroundScheduler(timezone=UTC, jobstores={"default": store})
        scheduler.start(paused=True)
        for n in range(JOBS):
            due = datetime.now(UTC)
            options = {"id": f"job_{n:04}", "next_run_time": due, "misfire_grace_time": None, "coalesce": True}
            scheduler.add_job(nothing, "interval", hours=1, **options)
        start = time.perf_counter()
        scheduler.resume()
        ran.wait(120)
        moved_on = _until(lambda: store.get_next_run_time() > datetime.now(UTC) + timedelta(minutes=1))
        taken = moved_on - start
        scheduler.shutdown()
    return taken


def nothing() -> None:
    """What the peer runs; a module's function, because its store pickles."""
    global _count
    with _lock:
        _count += 1
        if _count == JOBS:
            ran.set()


def _until(condition: Callable[[], bool]) -> float:
    while not condition():
        time.sleep(0.001)
    return time.perf_counter()
