"""The timer on APScheduler 3: it says only *when*.

The traps of the library, and what is done about each:

- Re-adding or rescheduling a job un-pauses it and moves its next fire: only what changed is modified, and trigger and
  next fire are always set together.
- A backlog is enumerated under the store's lock: the trigger here never looks back, because the ledger enumerates.
- One second of misfire grace, one instance, coalescing: all three are set; lateness and overlap are decided elsewhere.
- Executors are called under the lock: ours only calls ``due``, which only enqueues.
- ``running`` stays true when the loop is dead: each look of the loop feeds ``tick_age``.
- The loop sleeps until the next fire by the wall clock, however far a clock that is put back makes it: ours looks again
  after a second at the latest.
- A fired ``date`` job vanishes: the live jobs are kept beside the scheduler.
- Stores pickle: the memory store is the only one used.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from threading import RLock
from typing import Any

from apscheduler.executors.base import BaseExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from tasks_service.core.firing import next_fire
from tasks_service.core.schedule import Schedule
from tasks_service.core.state import LiveJob

_LONGEST_SLEEP = 1.0
"""Seconds on the monotonic clock between two looks at the jobs."""


class _ScheduleTrigger(BaseTrigger):  # type: ignore[misc]
    """Asks the core for the next fire, never for one that has passed."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        """The first fire after both moments."""
        return next_fire(self.schedule, max(previous, now) if previous else now)


class _Announcer(BaseExecutor):  # type: ignore[misc]
    """An executor that runs nothing: it passes on which job is due."""

    def __init__(self, announce: Callable[[str], None]) -> None:
        super().__init__()
        self._announce = announce

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        self._announce(job.id)
        self._run_job_success(job.id, [])


class _Scheduler(BackgroundScheduler):  # type: ignore[misc]
    """Looks at its jobs every second, whatever the wall clock does, and tells of each look."""

    def __init__(self, looked: Callable[[], None]) -> None:
        super().__init__(timezone=UTC)
        self._looked = looked

    def _process_jobs(self) -> float:
        wait = super()._process_jobs()
        self._looked()
        return _LONGEST_SLEEP if wait is None else min(wait, _LONGEST_SLEEP)


def _nothing() -> None:
    """What APScheduler is given to call; the executor never calls it."""


class ApschedulerTimer:
    """Implements ``Timer``."""

    def __init__(self) -> None:
        self._scheduler = _Scheduler(self._looked)
        self._lock = RLock()
        self._jobs: dict[str, LiveJob] = {}
        self._last_tick = time.monotonic()

    def start(self, due: Callable[[str], None]) -> None:
        """Begin to fire."""
        self._scheduler.add_executor(_Announcer(due))
        self._last_tick = time.monotonic()
        self._scheduler.start()

    def stop(self) -> None:
        """Stop firing and forget all jobs."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        with self._lock:
            self._jobs.clear()
        self._scheduler = _Scheduler(self._looked)

    def live(self) -> dict[str, LiveJob]:
        """What is held, with the next fire of each."""
        with self._lock:
            upcoming = {job.id: job.next_run_time for job in self._scheduler.get_jobs()}
            return {uid: replace(job, next_due=_utc(upcoming.get(uid))) for uid, job in self._jobs.items()}

    def put(self, job: LiveJob, now: datetime) -> None:
        """Add or replace; an unchanged schedule of a job that keeps running keeps its next fire."""
        with self._lock:
            before = self._jobs.get(job.job_uid)
            self._jobs[job.job_uid] = job
            same_pace = before is not None and before.manifest.schedule_digest == job.manifest.schedule_digest
            if before is not None and same_pace and before.halted == job.halted:
                return
            upcoming = None if job.halted else next_fire(job.manifest.schedule, now)
            self._schedule(job.job_uid, _ScheduleTrigger(job.manifest.schedule), upcoming)

    def remove(self, job_uid: str) -> None:
        """Drop a job."""
        with self._lock:
            if self._jobs.pop(job_uid, None) and self._scheduler.get_job(job_uid):
                self._scheduler.remove_job(job_uid)

    def tick_age(self) -> float:
        """Seconds since the scheduler's loop last ran."""
        return time.monotonic() - self._last_tick

    def _looked(self) -> None:
        self._last_tick = time.monotonic()

    def _schedule(self, job_id: str, trigger: BaseTrigger, upcoming: datetime | None) -> None:
        """Set trigger and next fire together. None keeps a paused or exhausted job out of the scheduler."""
        if self._scheduler.get_job(job_id):
            self._scheduler.remove_job(job_id)
        if upcoming is not None:
            self._scheduler.add_job(
                _nothing,
                trigger=trigger,
                id=job_id,
                next_run_time=upcoming,
                misfire_grace_time=None,
                coalesce=True,
                max_instances=1,
            )


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)
