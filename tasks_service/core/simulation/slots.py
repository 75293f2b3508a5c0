"""Runs that wait for a slot, and those that have one: the order in which the ledger hands them out."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush

from tasks_service.core.simulation.trace import SimulatedJob


@dataclass(slots=True, eq=False)
class Waiting:
    """A run on its way through the simulation."""

    job: SimulatedJob
    due_at: datetime
    number: int
    """Ascends in the order of claims."""
    exclusive: bool
    ready_at: datetime
    started_at: datetime | None = None
    cancelled: bool = False
    """Replaced by a later one before it began."""

    def __lt__(self, other: "Waiting") -> bool:
        return (self.due_at, self.number) < (other.due_at, other.number)


class Slots:
    """So many runs at once. The oldest due time goes first; a run that excludes others waits until its job is free."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._ready: list[Waiting] = []
        self._held: dict[str, list[Waiting]] = defaultdict(list)
        self._running: dict[str, int] = defaultdict(int)
        self._busy = 0

    def offer(self, run: Waiting) -> None:
        """A run that may start from now on."""
        heappush(self._ready, run)

    def occupy(self, run: Waiting) -> None:
        """A run that has its slot already."""
        self._running[run.job.job_uid] += 1
        self._busy += 1

    def release(self, run: Waiting, now: datetime) -> None:
        """A run has ended; what waited for its job waits for a slot now."""
        self._running[run.job.job_uid] -= 1
        self._busy -= 1
        for held in self._held.pop(run.job.job_uid, ()):
            held.ready_at = max(held.ready_at, now)
            heappush(self._ready, held)

    def start(self, now: datetime) -> list[Waiting]:
        """Begin what there is room for."""
        begun = []
        while self._ready and self._busy < self._limit:
            run = heappop(self._ready)
            if run.cancelled:
                continue
            if run.exclusive and self._running[run.job.job_uid]:
                self._held[run.job.job_uid].append(run)
                continue
            run.started_at = now
            self.occupy(run)
            begun.append(run)
        return begun
