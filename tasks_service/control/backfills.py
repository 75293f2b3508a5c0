"""Backfills: runs for slots of the past that nothing ran for. First a plan, then the runs that it names."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from tasks_service.control.audited import Audited
from tasks_service.control.catalog import Catalog
from tasks_service.control.happenings import run_happening
from tasks_service.core.backfill import LONGEST, MOST_RUNS, MOST_SLOTS, Gap, backfill_of, gaps, plan_token
from tasks_service.core.errors import Conflict, InvalidInput
from tasks_service.core.firing import tally
from tasks_service.core.job_calendars import calendars_of
from tasks_service.core.ports import Clock
from tasks_service.core.run import Run
from tasks_service.core.state import Activity, InventoryJob
from tasks_service.core.stores import Stores
from tasks_service.core.wording import in_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """What a backfill of ``(since, until]`` would run, or has queued."""

    job_id: str
    since: datetime
    until: datetime
    """At most up to where the schedule is settled: what is due after that is the schedule's own business."""
    total: int
    """The gaps in the stretch."""
    slots: tuple[Gap, ...]
    """Those to be run: the oldest, as many as ``limit`` allows."""
    plan: str
    """The token that the real request names."""
    held: str = ""
    """Why it is refused unless it is forced; empty where nothing speaks against it."""
    queued: tuple[Run, ...] = ()


class Backfills:
    """Plans backfills, and queues their runs."""

    def __init__(
        self, *, clock: Clock, catalog: Catalog, stores: Stores, wake: Callable[[], None], require_reason: bool
    ) -> None:
        self._clock = clock
        self._catalog = catalog
        self._stores = stores
        self._wake = wake
        self._require_reason = require_reason

    def plan(self, job_id: str, since: datetime, until: datetime | None = None, limit: int = MOST_RUNS) -> Backfill:
        """What would be run; changes nothing. ``NotFound``; ``InvalidInput`` where the stretch is empty or too long."""
        return self._plan(self._job(job_id), since, until or self._clock.now(), limit)

    def start(
        self,
        job_id: str,
        actor: str,
        plan: str,
        since: datetime,
        until: datetime | None = None,
        limit: int = MOST_RUNS,
        *,
        reason: str = "",
        force: bool = False,
    ) -> Backfill:
        """Queue the runs of a plan. ``Conflict`` where it is no longer true, or where the job is paused or suspended
        and ``force`` does not say that this is meant."""
        job, now = self._job(job_id), self._clock.now()
        with Audited(self._stores, now, actor, "job.backfill", job.manifest.job_id, reason):
            if self._require_reason and not reason.strip():
                raise InvalidInput("a reason is required", hint='send {"reason": "…"}; TASKS_REQUIRE_REASON is set')
            wanted = self._plan(job, since, until or now, limit)
            if wanted.held and not force:
                raise Conflict(wanted.held, hint="resume the job first, or send force: true to run them all the same")
            if plan != wanted.plan:
                raise Conflict(
                    "the plan is no longer true: the ledger or the job has changed since the dry run",
                    hint="ask for a dry run again, and send its plan",
                )
            slots = [gap.due_at for gap in wanted.slots]
            queued = self._stores.ledger.reclaim(job, slots, backfill_of(actor, reason), now)
        self._stores.journal.publish([run_happening("run.queued", run, now) for run in queued])
        self._wake()
        return replace(wanted, queued=tuple(queued))

    def _job(self, job_id: str) -> InventoryJob:
        view = self._catalog.job(job_id)
        job = self._stores.inventory.find(job_id)
        if job is None:
            raise Conflict(
                f"job {view.job_id!r} was created a moment ago and is not applied yet", hint="try again in a second"
            )
        return job

    def _plan(self, job: InventoryJob, since: datetime, until: datetime, limit: int) -> Backfill:
        schedule = job.manifest.schedule
        end = min(until, job.cursor)
        _check(since, until)
        if since >= end:
            end, found = since, []
        elif tally(schedule, since, end, keep=1).count > MOST_SLOTS:
            raise InvalidInput(
                f"more than {MOST_SLOTS} fires lie between from and to", hint="ask for a shorter stretch at a time"
            )
        else:
            rows = self._stores.ledger.rows_between(job.job_uid, since, end)
            in_force = self._stores.calendars.in_force()
            found = gaps(schedule, rows, since, end, calendars_of(schedule, in_force))
        slots = tuple(found[:limit])
        return Backfill(
            job_id=job.manifest.job_id,
            since=since,
            until=end,
            total=len(found),
            slots=slots,
            plan=plan_token(job.job_uid, job.manifest.digest, slots),
            held=self._held(job.manifest.job_id),
        )

    def _held(self, job_id: str) -> str:
        state = self._catalog.job(job_id).activity.state
        if state in (Activity.PAUSED, Activity.SUSPENDED):
            return f"job {job_id!r} is {state.lower()}: its slots of the past are not run meanwhile"
        return ""


def _check(since: datetime, until: datetime) -> None:
    if since >= until:
        raise InvalidInput(
            f"from {in_utc(since)} lies not before to {in_utc(until)}", hint="the fires after from, up to to, are meant"
        )
    if until - since > LONGEST:
        raise InvalidInput(f"from and to lie more than {LONGEST.days} days apart", hint="ask for a shorter stretch")
