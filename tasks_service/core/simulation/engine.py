"""The virtual clock: fires, starts and ends in the order in which they would happen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from tasks_service.core.firing import fires
from tasks_service.core.run import Outcome
from tasks_service.core.simulation.slots import Slots, Waiting
from tasks_service.core.simulation.trace import INSTANT, Cut, SimulatedJob, SimulatedRun, Skipped, Trace
from tasks_service.core.simulation.verdicts import Verdicts

_END, _FIRE, _READY = range(3)
"""What happens at one moment happens in this order: an end makes room for the claim and for the start beside it."""


@dataclass(slots=True, eq=False)
class _Lane:
    """One job on the virtual clock."""

    job: SimulatedJob
    verdicts: Verdicts
    until: datetime
    """The last moment at which it may fire."""
    cursor: datetime
    upcoming: Iterator[datetime]
    rank: int
    under_way: list[Waiting] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    in_range: bool = False
    """Whether the newest slot is one that nothing came of, so that the next such slot continues its range."""


class Engine:
    """One simulation of ``[start, end)`` with so many slots. ``verdicts`` are kept by ``job_uid``."""

    def __init__(
        self,
        jobs: Sequence[SimulatedJob],
        verdicts: Mapping[str, Verdicts],
        cuts: Sequence[Cut],
        window: tuple[datetime, datetime],
        slots: int,
    ) -> None:
        self._start, self._end = window
        self._cuts = tuple(cuts)
        self._slots = Slots(slots)
        self._order = count()
        self._events: list[tuple[datetime, int, int, int, _Lane, Waiting | None]] = []
        self._numbers = count(1)
        self._begun: list[Waiting] = []
        self._ended: dict[Waiting, datetime] = {}
        stops = {cut.job_id: cut.until for cut in cuts}
        self._lanes = [
            _Lane(
                job=job,
                verdicts=verdicts[job.job_uid],
                until=(until := stops.get(job.job_id, self._end) - INSTANT),
                cursor=self._start - INSTANT,
                upcoming=fires(job.manifest.schedule, self._start - INSTANT, until),
                rank=rank,
            )
            for rank, job in enumerate(sorted(jobs, key=lambda job: job.job_uid))
        ]

    def play(self) -> Trace:
        """Let the time pass; the runs that are under way at the end are played out, and nothing fires any more."""
        for lane in self._lanes:
            self._carry_over(lane)
            self._announce(lane, self._start)
        carried = len(self._begun)
        lane_of = {lane.job.job_uid: lane for lane in self._lanes}
        while self._events:
            now = self._events[0][0]
            while self._events and self._events[0][0] == now:
                _, kind, _, _, lane, run = heappop(self._events)
                self._happen(kind, lane, run, now)
            for run in self._slots.start(now):
                lane = lane_of[run.job.job_uid]
                self._begin(lane, run, now + timedelta(seconds=lane.job.estimate.seconds))
        return Trace(
            start=self._start,
            end=self._end,
            runs=tuple(_told(run, self._ended[run]) for run in self._begun),
            skipped=tuple(sorted((s for lane in self._lanes for s in lane.skipped), key=lambda s: s.due_at)),
            cuts=self._cuts,
            carried=carried,
        )

    def _carry_over(self, lane: _Lane) -> None:
        """Runs that have begun before: they keep their slot for the rest of their expected time."""
        for running in lane.job.running:
            run = self._claimed(lane, running.due_at, running.started_at)
            run.started_at = running.started_at
            self._slots.occupy(run)
            expected = running.started_at + timedelta(seconds=lane.job.estimate.seconds)
            self._begin(lane, run, max(self._start, expected))

    def _announce(self, lane: _Lane, now: datetime) -> None:
        """Say when the job has to be looked at next: at its next fire, or when it may run again."""
        if lane.verdicts.steady or lane.verdicts.active(now):
            moment = next(lane.upcoming, None)
        else:
            moment = lane.verdicts.turn(now, lane.until) if now < lane.until else None
        if moment:
            self._push(moment, _FIRE, lane)

    def _happen(self, kind: int, lane: _Lane, run: Waiting | None, now: datetime) -> None:
        if run is None:
            self._claim(lane, now)
        elif kind is _END:
            if self._ended[run] == now and run in lane.under_way:
                lane.under_way.remove(run)
                self._slots.release(run, now)
        else:
            self._slots.offer(run)

    def _claim(self, lane: _Lane, now: datetime) -> None:
        """Decide on what is due, as the dispatcher does when the timer calls."""
        if lane.verdicts.steady:
            verdict = lane.verdicts.on(now, lane.cursor, len(lane.under_way), _waiting(lane))
            if verdict.outcome is None:
                self._replace(lane, now, verdict.cancels)
                self._queue(lane, now, now + verdict.delay)
            else:
                self._leave_out(lane, now, now, 1, verdict.outcome, verdict.reason)
        else:
            self._settle(lane, now)
        lane.cursor = now
        self._announce(lane, now)

    def _settle(self, lane: _Lane, now: datetime) -> None:
        """Claim all slots since the last look: a job that was halted until now has many behind it."""
        for entry in lane.verdicts.settle(now, lane.cursor, len(lane.under_way), _waiting(lane)).entries:
            if entry.outcome is None:
                self._replace(lane, now, entry.cancels)
                self._queue(lane, entry.due_at, max(now, entry.not_before or entry.due_at))
            else:
                self._leave_out(lane, entry.due_at, entry.until, entry.count, entry.outcome, entry.reason)
        lane.upcoming = fires(lane.job.manifest.schedule, now, lane.until)

    def _replace(self, lane: _Lane, now: datetime, reason: str) -> None:
        """End the job's other runs for a new one, if it is to be so; here they end at once."""
        if not reason:
            return
        for run in list(lane.under_way):
            if run.started_at is not None:
                self._ended[run] = now
                self._push(now, _END, lane, run)
            else:
                run.cancelled = True
                lane.under_way.remove(run)
                self._leave_out(lane, run.due_at, run.due_at, 1, Outcome.CANCELLED, reason)

    def _queue(self, lane: _Lane, due_at: datetime, ready_at: datetime) -> None:
        lane.in_range = False
        self._push(ready_at, _READY, lane, self._claimed(lane, due_at, ready_at))

    def _leave_out(
        self, lane: _Lane, due_at: datetime, until: datetime, slots: int, outcome: Outcome, reason: str
    ) -> None:
        found = Skipped(
            job_id=lane.job.job_id,
            due_at=due_at,
            until=until,
            count=slots,
            outcome=outcome,
            reason=reason,
            blocked_by=lane.under_way[0].due_at if lane.under_way else None,
        )
        if lane.in_range and lane.skipped[-1].why == found.why:
            found = lane.skipped.pop().joined(found)
        lane.in_range = True
        lane.skipped.append(found)

    def _claimed(self, lane: _Lane, due_at: datetime, ready_at: datetime) -> Waiting:
        run = Waiting(
            job=lane.job,
            due_at=due_at,
            number=next(self._numbers),
            exclusive=lane.job.manifest.policy.overlap != "allow",
            ready_at=ready_at,
        )
        lane.under_way.append(run)
        return run

    def _begin(self, lane: _Lane, run: Waiting, end: datetime) -> None:
        self._begun.append(run)
        self._ended[run] = end
        self._push(end, _END, lane, run)

    def _push(self, moment: datetime, kind: int, lane: _Lane, run: Waiting | None = None) -> None:
        heappush(self._events, (moment, kind, lane.rank, next(self._order), lane, run))


def _waiting(lane: _Lane) -> int:
    return sum(run.started_at is None for run in lane.under_way)


def _told(run: Waiting, ended_at: datetime) -> SimulatedRun:
    return SimulatedRun(
        job_id=run.job.job_id,
        due_at=run.due_at,
        ready_at=run.ready_at,
        started_at=run.started_at or run.ready_at,
        ended_at=ended_at,
    )
