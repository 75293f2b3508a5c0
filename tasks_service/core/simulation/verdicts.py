"""What becomes of a slot that is claimed on time: asked of the service's own decision, once for each situation."""

from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from tasks_service.core.run import Outcome
from tasks_service.core.settlement import LedgerFacts, Settlement, settle_slots
from tasks_service.core.simulation.trace import SimulatedJob
from tasks_service.core.state import Activity, activity


class Verdict(NamedTuple):
    """What becomes of one slot: why not where it has an outcome, and else how long after its due time it may start."""

    outcome: Outcome | None
    reason: str
    delay: timedelta
    cancels: str
    """Why the job's other runs end for it; empty where they go on."""


class Verdicts:
    """The decisions on the slots of one job. One object may serve several simulations of the same window.

    On time, a slot of a job that is always active is judged by what is under way and by nothing else: the answer to one
    slot holds for all that find as much under way, and as much of it waiting. Where chance has a part, each slot is
    asked for.
    """

    def __init__(self, job: SimulatedJob, start: datetime, seed: int) -> None:
        self._job = job
        self._start = start
        self._seed = seed
        self._steady = not job.manifest.suspend and not job.overrides and job.calendars.always_open
        self._known: dict[tuple[int, int], Verdict] = {}

    @property
    def steady(self) -> bool:
        """Whether the job is active all the time, and no calendar leaves anything out."""
        return self._steady

    def active(self, moment: datetime) -> bool:
        """Whether the job is meant to run at a moment."""
        return activity(self._job.manifest, self._job.overrides, moment) is Activity.ACTIVE

    def turn(self, after: datetime, end: datetime) -> datetime:
        """When an override next begins or ends; ``end`` where none does before."""
        turns = (moment for o in self._job.overrides for moment in (o.created_at, o.end) if moment)
        return min((moment for moment in turns if after < moment < end), default=end)

    def on(self, slot: datetime, cursor: datetime, under_way: int, waiting: int) -> Verdict:
        """What becomes of the one slot in ``(cursor, slot]`` of a steady job."""
        known = self._known.get((under_way, waiting))
        if known is None:
            [entry] = self.settle(slot, cursor, under_way, waiting).entries
            known = Verdict(entry.outcome, entry.reason, (entry.not_before or slot) - slot, entry.cancels)
            if not self._job.manifest.schedule.jitter and not entry.cancels:
                self._known[under_way, waiting] = known
        return known

    def settle(self, now: datetime, cursor: datetime, under_way: int, waiting: int) -> Settlement:
        """What the service decides on all slots in ``(cursor, now]``; of what is under way, ``waiting`` are queued."""
        job = self._job
        facts = LedgerFacts(
            job_uid=job.job_uid, cursor=cursor, overrides=job.overrides, under_way=under_way, waiting=waiting
        )
        return settle_slots(facts, job.manifest, now, self._start, self._chance(now), job.calendars)

    def _chance(self, now: datetime) -> float:
        """The same for the same claim, in whatever order claims are asked for."""
        if not self._job.manifest.schedule.jitter:
            return 0.0
        return Random(f"{self._seed} {self._job.job_id} {now.isoformat()}").random()  # noqa: S311 - no secret
