"""The reconciler: reads the sources, plans, applies, records. Level-triggered: a wake says when to look, never what
changed."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tasks_service.control.calendar_records import calendar_happening
from tasks_service.control.dispatcher import Dispatcher
from tasks_service.control.planner import Outlook, Planner
from tasks_service.control.roster import Roster
from tasks_service.control.routed_stores import stores_away
from tasks_service.control.sync_result import problems_of, record_of, same_result, sources_of
from tasks_service.core.calendar_plan import CalendarChange
from tasks_service.core.firing import next_fire
from tasks_service.core.plan import Action, Create, Delete, Plan, Rename, Update, hold_away
from tasks_service.core.ports import Clock, Timer
from tasks_service.core.state import DesiredJob, LiveJob, Settled
from tasks_service.core.stores import Happening, Stores

log = logging.getLogger(__name__)


class Reconciler:
    """Makes the live jobs equal the desired ones."""

    def __init__(
        self,
        *,
        clock: Clock,
        planner: Planner,
        timer: Timer,
        roster: Roster,
        dispatcher: Dispatcher,
        stores: Stores,
        interval: timedelta,
    ) -> None:
        self._clock = clock
        self._planner = planner
        self._timer = timer
        self._roster = roster
        self._dispatcher = dispatcher
        self._inventory = stores.inventory
        self._calendars = stores.calendars
        self._overrides = stores.overrides
        self._manifests = stores.manifests
        self._syncs = stores.syncs
        self._journal = stores.journal
        self._copies = stores.archive
        self._second = stores.second
        self._interval = interval
        self.applied: Callable[[], None] = lambda: None
        """Called when jobs were added, changed or dropped."""

    def load(self) -> datetime | None:
        """Put the jobs as they were last applied into the timer, so that diff and guard see what was live before.

        Returns until when the furthest of them is settled.
        """
        now = self._clock.now()
        self._inventory.refresh_digests()
        known = self._inventory.jobs()
        jobs = [job.live for job in known]
        self._roster.know(applied.calendar for applied in self._calendars.all())
        self._roster.replace(jobs)
        for job in jobs:
            self._timer.put(job, now)
        return max((job.cursor for job in known), default=None)

    def step(self) -> float:
        """Expire overrides, sync, and say in how many seconds to look again."""
        self._expire_overrides()
        self.sync()
        now = self._clock.now()
        moments = (now + self._interval, self._overrides.next_expiry(now), self._planner.opens(now))
        return max(0.0, (min(at for at in moments if at) - now).total_seconds())

    def sync(self) -> Plan:
        """One pass: read, plan, apply, record."""
        live = self._timer.live()
        outlook = self._planner.look(live)
        away = stores_away(self._second) if self._second else {}
        if away:
            outlook = replace(outlook, plan=hold_away(outlook.plan, live, away))
        changes = [change for change in outlook.plan.calendars if not change.held]
        if outlook.plan.actions or changes:
            self._apply(outlook.plan.actions, changes, outlook.at)
        self._dispatcher.settle(self._roster.uids(halted=True))
        self._record(outlook)
        if outlook.spent and not away:
            self._syncs.spend(outlook.spent, outlook.at)
        self._archive(outlook.settled, outlook.at)
        return outlook.plan

    def _apply(self, actions: Sequence[Action], calendars: Sequence[CalendarChange], now: datetime) -> None:
        """SQL first: whatever is interrupted, a restart loads what was committed and plans the rest again.

        The slots of all jobs concerned are settled by the old calendars before; a calendar goes only after its jobs.
        """
        changed = {change.calendar.key for change in calendars if change.before}
        before = [a.job.job_uid for a in actions if not isinstance(a, Create)]
        self._dispatcher.settle(list(dict.fromkeys([*before, *self._roster.referring_to(changed)])), until=now)
        self._calendars.apply([c for c in calendars if c.verb != "delete"], now)
        if actions:
            upcoming = {a.job.job_uid: _next_due(a, now) for a in actions}
            self._inventory.apply(actions, now, upcoming)
            if self._second is None:
                self._adopt(actions, now)
        self._calendars.apply([c for c in calendars if c.verb == "delete"], now)
        if calendars:
            self._roster.know(applied.calendar for applied in self._calendars.all())
        for action in actions:
            self._apply_live(action, now)
        self._journal.publish(
            [*(calendar_happening(c, now) for c in calendars), *(_happening(a, now) for a in actions)]
        )
        _log_applied(actions, calendars)
        self.applied()

    def _apply_live(self, action: Action, now: datetime) -> None:
        if isinstance(action, Delete):
            self._timer.remove(action.job.job_uid)
            self._roster.remove(action.job.job_uid)
            if action.job.manifest.policy.on_delete == "cancel":
                self._dispatcher.cancel_job(action.job.job_uid, "the job was deleted, and policy.on_delete is cancel")
            return
        job = _live_of(action.job)
        self._timer.put(job, now)
        self._roster.put(job)

    def _adopt(self, actions: Sequence[Action], now: datetime) -> None:
        """Redis was given up: what it still kept of jobs that are moved or deleted now has nobody else."""
        left = [a.job.job_uid for a in actions if isinstance(a, Update | Delete)]
        if copies := self._copies.open_copies(left):
            log.warning("Redis kept %d open runs and is gone", len(copies), extra={"event": "store.given_up"})
            self._copies.adopt(copies, now)

    def _expire_overrides(self) -> None:
        now = self._clock.now()
        ended = self._overrides.expire(now)
        names = {job.job_uid: job.manifest.job_id for job in self._inventory.jobs()} if ended else {}
        self._journal.publish(
            [
                Happening(
                    at=now,
                    kind="override.expired",
                    job_id=names.get(o.job_uid, ""),
                    data={"kind": o.kind.value, "actor": o.actor, "reason": o.reason},
                )
                for o in ended
            ]
        )

    def _archive(self, settled: Settled, now: datetime) -> None:
        """Where a file and the API have one job, the file wins and the API's copy is put aside."""
        files = {m.manifest.key: m.origin for m in settled.manifests if not m.origin.by_api}
        for stored in self._manifests.all():
            if origin := files.get(stored.sourced.manifest.key):
                job_id = stored.sourced.manifest.job_id
                self._manifests.archive(job_id, now, f"{origin} took the job over")
                self._journal.publish(
                    [Happening(at=now, kind="job.adopted", job_id=job_id, data={"file": str(origin)})]
                )

    def _record(self, outlook: Outlook) -> None:
        """Keep the result. A sync that found the world as the last one left it writes nothing."""
        last = next(iter(self._syncs.history(limit=1).items), None)
        record = record_of(outlook, last, self._syncs.sources(), self._roster.find)
        applied = outlook.plan.actions or any(not c.held for c in outlook.plan.calendars)
        if last and not applied and same_result(last, record):
            record = last
        sources = sources_of(outlook, self._roster.find)
        self._syncs.record(record, sources, problems_of(outlook, self._syncs.problems()), outlook.at)


def _log_applied(actions: Sequence[Action], calendars: Sequence[CalendarChange]) -> None:
    told = [*(f"{c.verb} calendar {c.calendar_id}" for c in calendars), *(f"{a.verb} {a.job_id}" for a in actions)]
    log.info("Applied %d actions: %s", len(told), ", ".join(told[:20]), extra={"event": "sync.applied"})


def _live_of(job: DesiredJob) -> LiveJob:
    return LiveJob(job_uid=job.job_uid, manifest=job.manifest, origin=job.origin, halted=job.halted)


def _next_due(action: Action, now: datetime) -> datetime | None:
    if isinstance(action, Delete) or action.job.halted:
        return None
    return next_fire(action.job.manifest.schedule, now)


def _happening(action: Action, now: datetime) -> Happening:
    changed = list(action.changed) if isinstance(action, Update) else []
    data: dict[str, Any] = {"origin": str(action.job.origin), "changed": changed}
    if isinstance(action, Rename):
        data["before"] = action.before.manifest.job_id
    return Happening(at=now, kind=f"job.{action.verb}d", job_id=action.job_id, data=data)
