"""Laws of folding: at whatever moments it happens, the ledger in Redis shows what the one in SQL would."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from builders import jobs_stored_in, make_manifest
from databases import beside, migrated, opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_rows import create, ended, held, settle, skip, slot, start

from tasks_service.core.backfill import AFTER_PAUSE, backfill_of, gaps
from tasks_service.core.run import Outcome, RunState
from tasks_service.core.settlement import LedgerFacts, Settlement
from tasks_service.core.stores import RunFilter, Stores

UIDS = ("uid-nightly", "uid-other")
STEPS = (
    *("start", "replace", "skip", "miss", "begin", "succeed", "fail", "retry", "cancel", "ask", "manual"),
    *("reclaim", "backfill", "fold"),
)
HOURLY = {"trigger": "interval", "hours": 1}


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("laws") / "tasks.db"
    migrated(f"sqlite:///{path}")
    return path


@contextmanager
def ledger(template: Path, valkey_url: str | None) -> Iterator[Stores]:
    """Two hourly jobs, one of which lets its runs overlap; in Redis if one is given."""
    database = f"sqlite:///{shutil.copy(template, template.parent / f'{uuid4().hex}.db')}"
    address = beside(database, valkey_url, f"law-{uuid4().hex[:12]}") if valkey_url else database
    with jobs_stored_in("redis" if valkey_url else "sql"), opened(address) as stores:
        create(stores, manifest=make_manifest(schedule=HOURLY))
        create(stores, "other", manifest=make_manifest("other", schedule=HOURLY, policy={"overlap": "allow"}))
        yield stores


class Player:
    """Takes the same steps on any ledger; which run a step means is told by its place among its likes."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self.hours = 0

    def play(self, step: str, pick: int) -> None:
        uid = UIDS[pick % 2]
        self.hours += 1
        now = slot(self.hours)
        if step in ("start", "replace"):
            cancels = "the newest counts" if step == "replace" else ""
            settle(self.stores, replace(start(now), cancels=cancels), uids=[uid], at=now)
        elif step in ("skip", "miss"):
            outcome = Outcome.MISSED_DOWN if step == "miss" else Outcome.SKIPPED_PAUSED
            settle(self.stores, skip(now, now, 1, outcome), uids=[uid], at=now)
        elif step == "manual":
            job = held(self.stores, uid.removeprefix("uid-"))
            self.stores.ledger.enqueue_manual(job, f"manual-{self.hours}", {}, "ann", "", now)
        elif step == "reclaim":
            job = held(self.stores, uid.removeprefix("uid-"))
            self.stores.ledger.reclaim(job, [slot(n) for n in range(1 + pick % 4, self.hours)][:2], AFTER_PAUSE, now)
        elif step == "backfill":
            self._backfill(uid, now)
        elif step == "fold":
            if self.stores.second:
                self.stores.second.fold()
        else:
            self._move(step, pick)

    def _backfill(self, uid: str, now: datetime) -> None:
        job = held(self.stores, uid.removeprefix("uid-"))
        rows = self.stores.ledger.rows_between(uid, slot(0), job.cursor)
        slots = [gap.due_at for gap in gaps(job.manifest.schedule, rows, slot(0), job.cursor)][:2]
        assert len(self.stores.ledger.reclaim(job, slots, backfill_of("ann", "why"), now)) == len(slots)

    def _facts(self) -> list[tuple[str, int, int]]:
        told: list[tuple[str, int, int]] = []

        def decide(facts: LedgerFacts) -> Settlement:
            told.append((facts.job_uid, facts.under_way, facts.waiting))
            return Settlement(cursor=facts.cursor)

        self.stores.ledger.settle(UIDS, decide, slot(self.hours))
        return sorted(told)

    def _move(self, step: str, pick: int) -> None:
        ledger, now = self.stores.ledger, slot(self.hours)
        under_way = ledger.ready(now, 50) if step in ("begin", "cancel") else ledger.running_of("me")
        likes = sorted(under_way, key=lambda run: (run.due_at, run.job_uid, run.trigger, run.attempt))
        if not likes:
            return
        run = likes[pick % len(likes)]
        if step == "begin":
            ledger.start(run.run_id, "me", "node", now)
        elif step == "cancel":
            ledger.cancel_queued(run.run_id, "ann", "why", now)
        elif step == "ask":
            ledger.request_cancel(run.run_id, "ann", "why")
        else:
            state = RunState.SUCCEEDED if step == "succeed" else RunState.FAILED
            ledger.finish(ended(run, state), "me", now, slot(self.hours + 1) if step == "retry" else None, step)

    def shown(self) -> Any:
        """All that can be seen of the ledger, but for what is drawn at random."""
        ledger, end = self.stores.ledger, slot(self.hours + 5)
        occurrences = {
            uid: sorted(
                (o.due_at, o.until, o.count, o.trigger, o.outcome, o.reason, tuple(map(_seen, o.runs)))
                for o in ledger.occurrences(uid, limit=500).items
            )
            for uid in UIDS
        }
        runs = sorted(map(_seen, ledger.runs(RunFilter(), limit=500).items), key=str)
        cursors = [(job.job_uid, job.cursor) for job in self.stores.inventory.jobs()]
        waiting = sorted(map(_seen, ledger.ready(end, 50)), key=str)
        counts = [(c.job_uid, c.state, c.runs, c.seconds) for c in ledger.counts(slot(0), end)]
        return occurrences, runs, cursors, waiting, counts, ledger.next_ready(slot(0)), self._facts()


def _seen(run: Any) -> tuple[Any, ...]:
    times = (run.due_at, run.queued_at, run.not_before, run.started_at, run.finished_at)
    asked = (run.cancel_requested_by, run.cancel_reason)
    return (run.job_uid, run.attempt, run.trigger, run.state, *times, run.owner, *asked, str(run.result))


@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 7)), max_size=20))
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_jobs_in_redis_look_as_they_would_in_the_database_whenever_they_are_folded(
    template: Path, valkey_url: str, steps: list[tuple[str, int]]
) -> None:
    with ledger(template, None) as first, ledger(template, valkey_url) as second:
        players = Player(first), Player(second)
        for step, pick in steps:
            for player in players:
                player.play(step, pick)
        assert players[1].shown() == players[0].shown()
