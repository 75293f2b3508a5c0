"""1,000 jobs due at once whose store is Redis, beside the same jobs in the database."""

import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.house import House
from tests.benchmarks.measure import Comparison
from tests.fakes import FakeClock
from tests.servers import valkey

JOBS = 1_000
MANIFEST = """\
---
job_id: job_{n:04}
job_type: command
schedule: {{trigger: interval, hours: 1}}
parameters: {{argv: ["true"]}}
store: {store}
"""
ROUNDS = 3


def comparisons() -> Iterable[Comparison]:
    """Claims alone, and the whole way to final rows in the database, in one session of one machine."""
    with valkey() as url:
        rounds = [(_burst("sql", ""), _burst("redis", url)) for _ in range(ROUNDS)]
    for name, place in (("claimed", 0), ("claimed, started, recorded, folded", 1)):
        yield Comparison(
            name=f"{JOBS:,} jobs due at once: {name}",
            ours="store: redis, a Valkey that confirms only what is on its disk",
            seconds=min(hot[place] for _, hot in rounds),
            peer="store: sql, SQLite that confirms only what is on its disk",
            peer_seconds=min(sql[place] for sql, _ in rounds),
        )


def _burst(store: str, redis_url: str) -> tuple[float, float]:
    """Seconds until all is claimed, and until all is final and in the database."""
    with tempfile.TemporaryDirectory() as folder:
        manifests = Path(folder) / "manifests" / "jobs.yaml"
        manifests.parent.mkdir()
        manifests.write_text("".join(MANIFEST.format(n=n, store=store) for n in range(JOBS)), "utf-8")
        clock = FakeClock(datetime(2030, 1, 1, 0, 30, tzinfo=UTC))
        house = House(Path(folder), clock, redis_url)
        house.reconciler.sync()
        clock.advance(1800)
        start = time.perf_counter()
        claimed = house.dispatcher.settle(house.roster.uids())
        after_claim = time.perf_counter()
        while house.dispatcher.step() == 0.0 or house.stores.ledger.ready(clock.now(), 1):
            pass
        house.runner.flush()
        if house.stores.second:
            house.stores.second.fold()
        done = time.perf_counter()
        final = house.stores.ledger.latest_runs(house.roster.uids(), per_job=1).values()
        if len(claimed) != JOBS or any(run.finished_at is None for runs in final for run in runs):
            raise RuntimeError("not every job ran: the measurement means nothing")
        house.close()
    return after_claim - start, done - start
