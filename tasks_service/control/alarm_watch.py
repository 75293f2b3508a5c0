"""The watch: sees to it that what goes against expectation is recorded, once, and once more when it is over.

It looks only at jobs of which something may have changed: those that the journal or a settlement names, and those whose
last judgement named a moment after which it may change by itself. Now and then it looks at all of them, since an event
may be lost with the process that was about to publish it. It belongs to the leader.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush
from threading import Lock

from tasks_service.control.holding import held_by
from tasks_service.control.judgement import RECENT_RUNS, Case, any_running, findings, review_at
from tasks_service.control.roster import Roster
from tasks_service.control.routed_stores import stores_away
from tasks_service.control.transitions import compare
from tasks_service.core.alarm import Alarm
from tasks_service.core.ports import Clock
from tasks_service.core.state import InventoryJob
from tasks_service.core.stores import AlarmChanges, Stores

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
SWEEP = timedelta(minutes=10)
"""Between two looks at all jobs."""
BATCH = 500
"""Jobs that are judged at once: 10,000 of them take twenty steps, and other work goes on between."""
BREATH_SECONDS = 0.1
_EVENTS = 500


class AlarmWatch:
    """Judges jobs and records alarms. ``stores`` are the leader's, behind its fence."""

    def __init__(self, *, clock: Clock, roster: Roster, stores: Stores) -> None:
        self._clock = clock
        self._roster = roster
        self._stores = stores
        self._lock = Lock()
        self._changed: set[str] = set()
        self._reviews: list[tuple[datetime, str]] = []
        self._planned: dict[str, datetime] = {}
        """When each job is looked at again by itself; what else stands in the heap is outdated."""
        self._seq = 0
        self._swept: datetime | None = None

    def begin(self) -> None:
        """This process begins to lead: whatever it knew is outdated, and every job is looked at."""
        self._seq = self._stores.journal.last_seq()
        self._reviews, self._planned, self._swept = [], {}, None

    def settled(self, job_uids: Collection[str]) -> None:
        """The dispatcher's call: something may have become of the fires of these jobs."""
        with self._lock:
            self._changed |= set(job_uids)

    def step(self) -> float:
        """Judge what may have changed; return in how many seconds to look again."""
        now = self._clock.now()
        self._sweep(now)
        self._follow()
        self._recall(now)
        with self._lock:
            part = sorted(self._changed)[:BATCH]
            self._changed -= set(part)
        try:
            self._judge(part, now)
        except Exception:
            self.settled(part)
            raise
        return BREATH_SECONDS if self._changed else LOOK_SECONDS

    def _sweep(self, now: datetime) -> None:
        """Look at all jobs, and clear what is still open of those that are gone."""
        if self._swept is not None and abs(now - self._swept) < SWEEP:
            return
        uids = self._roster.uids()
        self.settled(uids)
        self.settled({alarm.job_uid for alarm in self._stores.alarms.open()})
        self._swept = now

    def _follow(self) -> None:
        """Take the jobs that the journal names since the last look."""
        names: set[str] = set()
        while happenings := self._stores.journal.after(self._seq, _EVENTS):
            names |= {h.job_id.lower() for h in happenings if h.job_id and not h.kind.startswith("alarm.")}
            if any(h.kind == "job.deleted" for h in happenings):
                self.settled({alarm.job_uid for alarm in self._stores.alarms.open()})
            self._seq = happenings[-1].seq
        if names:
            self.settled(self._roster.named(names))

    def _recall(self, now: datetime) -> None:
        """Take the jobs whose time has come."""
        while self._reviews and self._reviews[0][0] < now:
            moment, uid = heappop(self._reviews)
            if self._planned.get(uid) == moment:
                del self._planned[uid]
                self.settled([uid])

    def _plan(self, uid: str, moment: datetime | None) -> None:
        if moment is None:
            self._planned.pop(uid, None)
        elif self._planned.get(uid) != moment:
            self._planned[uid] = moment
            heappush(self._reviews, (moment, uid))

    def _judge(self, uids: Sequence[str], now: datetime) -> None:
        if not uids:
            return
        cases, jobs = self._cases(uids, now)
        standing: dict[str, list[Alarm]] = {uid: [] for uid in uids}
        for alarm in self._stores.alarms.open(uids):
            standing[alarm.job_uid].append(alarm)
        changes = []
        for uid in uids:
            case = cases.get(uid)
            found = findings(case, now) if case else []
            changes.append(compare(jobs.get(uid), case, found, standing[uid], now))
            self._plan(uid, review_at(case, now) if case else None)
        self._record(_joined(changes))

    def _cases(self, uids: Sequence[str], now: datetime) -> tuple[dict[str, Case], Mapping[str, InventoryJob]]:
        """All facts of these jobs, in one read of each kind."""
        stores = self._stores
        jobs = stores.inventory.of(uids)
        runs = stores.ledger.latest_runs(jobs, RECENT_RUNS)
        newest = stores.ledger.newest_occurrences(jobs)
        usual = stores.ledger.durations([uid for uid, found in runs.items() if any_running(found)])
        overrides = stores.overrides.all()
        away = stores_away(stores.second)
        cases = {
            uid: Case(
                manifest=job.manifest,
                runs=runs.get(uid, ()),
                newest=newest.get(uid),
                next_due=job.next_due,
                applied_at=job.applied_at,
                held=held_by(job.manifest, overrides.of(uid, job.manifest.labels), now),
                away=away.get(job.manifest.store, ""),
                usual=usual.get(uid),
            )
            for uid, job in jobs.items()
        }
        return cases, jobs

    def _record(self, changes: AlarmChanges) -> None:
        self._stores.alarms.record(changes)
        for alarm in changes.raised:
            told = {"event": "alarm.raised", "job": alarm.job_id, "kind": alarm.kind.value}
            log.warning("%s is %s: %s", alarm.job_id, alarm.kind.value, alarm.reason, extra=told)
        for alarm in changes.cleared:
            told = {"event": "alarm.cleared", "job": alarm.job_id, "kind": alarm.kind.value}
            log.info("%s is %s no longer: %s", alarm.job_id, alarm.kind.value, alarm.cleared_by, extra=told)


def _joined(parts: Iterable[AlarmChanges]) -> AlarmChanges:
    """The changes of many jobs as one."""
    known = list(parts)
    return AlarmChanges(
        raised=tuple(alarm for part in known for alarm in part.raised),
        updated=tuple(alarm for part in known for alarm in part.updated),
        cleared=tuple(alarm for part in known for alarm in part.cleared),
    )
