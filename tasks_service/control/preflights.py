"""Preflights: made one after the other by whoever leads, when a job was added or changed, once a day, and on request.

They are no runs: no ledger knows of them, and whatever they find, a due run begins.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from uuid import uuid4

from tasks_service.control.requests import RequestWriter
from tasks_service.control.roster import Roster
from tasks_service.control.shared_executor import SharedExecutor
from tasks_service.core.ports import Clock
from tasks_service.core.preflight import Preflight, PreflightState, is_due, judged
from tasks_service.core.run import RunResult, RunState
from tasks_service.core.state import LiveJob
from tasks_service.core.stores import Happening, Stores

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Between two looks for requests."""
SCAN = timedelta(minutes=1)
"""Between two looks at all jobs, unless something was applied."""
_ELSEWHERE = "runs begin in workers, and this process has no sandbox: what a worker has and reaches is not known here"
_NOT_SUPPORTED = "the job type has no preflight"
_LEVELS = {PreflightState.FAILED: logging.WARNING, PreflightState.OK: logging.INFO}


@dataclass(frozen=True, slots=True, kw_only=True)
class _UnderWay:
    """The one preflight that is being made."""

    preflight_id: str
    job: LiveJob
    at: datetime
    began: float
    """On the monotonic clock."""


@dataclass(slots=True)
class _Known:
    """What the leader remembers of the newest preflights, so that it need not ask the database for every job."""

    made: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    """Digest and moment by job_uid."""
    queue: deque[str] = field(default_factory=deque)
    scanned: datetime | None = None


class Preflights:
    """Belongs to the leader, whose ``stores`` are behind its fence; ``executor`` is None where runs begin elsewhere."""

    def __init__(
        self,
        *,
        clock: Clock,
        roster: Roster,
        stores: Stores,
        requests: RequestWriter,
        executor: SharedExecutor | None,
        automatic: bool,
    ) -> None:
        self._clock = clock
        self._roster = roster
        self._stores = stores
        self._requests = requests
        self._executor = executor
        self._automatic = automatic
        self._lock = Lock()
        self._under_way: _UnderWay | None = None
        self._ended: RunResult | None = None
        self._known = _Known()
        self._applied = False
        self.wake: Callable[[], None] = lambda: None

    def begin(self) -> None:
        """This process begins to lead."""
        with self._lock:
            self._under_way = self._ended = None
        found = self._stores.preflights.of()
        self._known = _Known(made={uid: (one.digest, one.at) for uid, one in found.items() if one.at})

    def end(self) -> None:
        """This process leads no longer: what is under way is of no use."""
        with self._lock:
            under_way, self._under_way = self._under_way, None
        if under_way and self._executor:
            self._executor.cancel(under_way.preflight_id, "this process no longer leads")

    def applied(self) -> None:
        """The reconciler's call: jobs were added or changed."""
        self._applied = True
        self.wake()

    def step(self) -> float:
        """Record what ended and begin what comes next; return in how many seconds to look again."""
        self._record_ended()
        with self._lock:
            if self._under_way:
                return LOOK_SECONDS
        now = self._clock.now()
        self._scan(now)
        if job := self._next(now):
            self._make(job, now)
        return LOOK_SECONDS

    def _scan(self, now: datetime) -> None:
        """Find the jobs that have changed since their last one, or whose time of the day has come."""
        known = self._known
        if not self._automatic or (known.queue and not self._applied):
            return
        if not self._applied and known.scanned is not None and abs(now - known.scanned) < SCAN:
            return
        self._applied, known.scanned = False, now
        due = [job for uid in self._roster.uids() if (job := self._roster.find(uid)) and self._wanted(job, now)]
        able = [job for job in due if not self._unable(job)]
        self._record_unable([job for job in due if self._unable(job)], now)
        known.queue = deque(job.job_uid for job in able)

    def _wanted(self, job: LiveJob, now: datetime) -> bool:
        digest, at = self._known.made.get(job.job_uid, ("", now))
        if digest != job.manifest.digest:
            return True
        return not self._unable(job) and is_due(job.job_uid, at, now)

    def _unable(self, job: LiveJob) -> str:
        """Why no preflight of a job can be made; empty where it can."""
        known = self._requests.types.get(job.manifest.job_type)
        if known is None or not known.preflight:
            return _NOT_SUPPORTED
        return "" if self._executor else _ELSEWHERE

    def _record_unable(self, jobs: Sequence[LiveJob], now: datetime) -> None:
        """Say of jobs of which no preflight can be made why that is so."""
        self._stores.preflights.record([self._none_made(job, now) for job in jobs])
        self._known.made |= {job.job_uid: (job.manifest.digest, now) for job in jobs}

    def _none_made(self, job: LiveJob, now: datetime) -> Preflight:
        reason = self._unable(job)
        state = PreflightState.NOT_SUPPORTED if reason == _NOT_SUPPORTED else PreflightState.SKIPPED
        return Preflight(job_uid=job.job_uid, state=state, reason=reason, digest=job.manifest.digest, at=now)

    def _next(self, now: datetime) -> LiveJob | None:
        """Who asked comes before what is due, and may have been answered with it."""
        for uid in self._stores.preflights.asked():
            if job := self._roster.find(uid):
                return job
        while self._known.queue:
            job = self._roster.find(self._known.queue.popleft())
            if job and self._wanted(job, now):
                return job
        return None

    def _make(self, job: LiveJob, now: datetime) -> None:
        if self._executor is None or self._unable(job):
            self._record_unable([job], now)
            self.wake()
            return
        preflight_id = f"preflight-{uuid4().hex}"
        request = self._requests.preflight(job.manifest, preflight_id, now)
        with self._lock:
            self._under_way = _UnderWay(preflight_id=preflight_id, job=job, at=now, began=self._clock.monotonic())
        try:
            self._executor.preflight(request, self._finished)
        except Exception:
            with self._lock:
                self._under_way = None
            raise

    def _finished(self, result: RunResult) -> None:
        """The executor's call."""
        with self._lock:
            if self._under_way and self._under_way.preflight_id == result.run_id:
                self._ended = result
        self.wake()

    def _record_ended(self) -> None:
        """One that was cancelled tells nothing; it is made again when its turn comes."""
        with self._lock:
            made, result = self._under_way, self._ended
        if made is None or result is None:
            return
        if result.state is not RunState.CANCELLED:
            self._record(made, result)
        with self._lock:
            self._under_way = self._ended = None

    def _record(self, made: _UnderWay, result: RunResult) -> None:
        state, findings = judged(result)
        found = Preflight(
            job_uid=made.job.job_uid,
            state=state,
            findings=findings,
            digest=made.job.manifest.digest,
            at=made.at,
            seconds=round(self._clock.monotonic() - made.began, 3),
        )
        before = self._stores.preflights.of([found.job_uid]).get(found.job_uid)
        self._stores.preflights.record([found])
        self._known.made[found.job_uid] = (found.digest, made.at)
        self._tell(made.job, found, before)

    def _tell(self, job: LiveJob, found: Preflight, before: Preflight | None) -> None:
        job_id = job.manifest.job_id
        told = {"event": "preflight.finished", "job": job_id, "state": found.state.value, "seconds": found.seconds}
        words = f": {found.summary}" if found.findings else ""
        log.log(_LEVELS.get(found.state, logging.INFO), "Preflight of %s: %s%s", job_id, found.state, words, extra=told)
        if before is None or before.state is not found.state or before.asked_at:
            data = {"state": found.state.value, "findings": [one.what for one in found.findings]}
            now = self._clock.now()
            self._stores.journal.publish([Happening(at=now, kind="preflight.finished", job_id=job_id, data=data)])
