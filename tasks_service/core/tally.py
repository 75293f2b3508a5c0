"""Tallies: what came of runs and occurrences, added up for good. Pure.

A tally only ever grows, so that rates can be taken from it, and it forgets nothing when the ledger's rows are dropped.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import inf

from tasks_service.core.metric import Distribution
from tasks_service.core.run import Outcome, RunState, Trigger

_MIB = 2**20


class Measure(StrEnum):
    """What is added up. Each is kept by job type and by one more facet, which is empty where there is none."""

    RUNS = "runs"
    """Attempts that ended; the facet is their final state."""
    DURATION = "run_duration_seconds"
    """Of attempts that started; the facet is their final state."""
    LATENESS = "run_lateness_seconds"
    """Of first attempts; the facet is their trigger."""
    CPU = "run_cpu_seconds"
    MEMORY = "run_peak_memory_bytes"
    OCCURRENCES = "occurrences"
    """Expected fires; the facet is their outcome."""


BOUNDS: Mapping[Measure, tuple[float, ...]] = {
    Measure.RUNS: (),
    Measure.DURATION: (0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21600),
    Measure.LATENESS: (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21600),
    Measure.CPU: (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800),
    Measure.MEMORY: tuple(float(n * _MIB) for n in (16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192)),
    Measure.OCCURRENCES: (),
}
"""Upper bounds of the buckets. They may change: older tallies then count in the next bucket that is wide enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A run that ended, as far as it is counted."""

    job_type: str
    state: RunState
    trigger: Trigger
    attempt: int
    due_at: datetime
    started_at: datetime | None
    finished_at: datetime
    cpu_seconds: float | None
    peak_memory_bytes: int | None

    @property
    def duration_seconds(self) -> float | None:
        """Wall time from start to end; a clock that was set back makes it 0, never less."""
        return None if self.started_at is None else max(0.0, (self.finished_at - self.started_at).total_seconds())

    @property
    def lateness_seconds(self) -> float | None:
        """How long after its due time the first attempt started; None for later ones, which wait on purpose."""
        if self.started_at is None or self.attempt > 1:
            return None
        return max(0.0, (self.started_at - self.due_at).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Expected fires that got their outcome."""

    job_type: str
    outcome: Outcome
    slots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How often a measure fell into the bucket that ends at ``le`` (``inf`` for the last), and the sum of it."""

    measure: Measure
    job_type: str
    facet: str
    le: float
    times: int
    total: float


def tallies(endings: Iterable[Ending], closings: Iterable[Closing]) -> list[Tally]:
    """What these add, one tally for each bucket, in a fixed order."""
    found: dict[tuple[Measure, str, str, float], tuple[int, float]] = {}
    for measure, job_type, facet, value, times in (*_of_endings(endings), *_of_closings(closings)):
        key = (measure, job_type, facet, _bucket(BOUNDS[measure], value))
        before, total = found.get(key, (0, 0.0))
        found[key] = (before + times, total + value)
    return [
        Tally(measure=measure, job_type=job_type, facet=facet, le=le, times=times, total=total)
        for (measure, job_type, facet, le), (times, total) in sorted(found.items())
    ]


def distribution(kept: Iterable[Tally], bounds: tuple[float, ...]) -> Distribution:
    """The tallies of one measure, job type and facet in buckets of these bounds."""
    counts = [0] * (len(bounds) + 1)
    total = 0.0
    for tally in kept:
        counts[bisect_left(bounds, tally.le)] += tally.times
        total += tally.total
    return Distribution(tuple(counts), total)


_Seen = tuple[Measure, str, str, float, int]


def _of_endings(endings: Iterable[Ending]) -> Iterator[_Seen]:
    for run in endings:
        yield Measure.RUNS, run.job_type, run.state.value, 0.0, 1
        measured = (
            (Measure.DURATION, run.state.value, run.duration_seconds),
            (Measure.LATENESS, run.trigger.value, run.lateness_seconds),
            (Measure.CPU, "", run.cpu_seconds),
            (Measure.MEMORY, "", run.peak_memory_bytes),
        )
        for measure, facet, value in measured:
            if value is not None:
                yield measure, run.job_type, facet, float(value), 1


def _of_closings(closings: Iterable[Closing]) -> Iterator[_Seen]:
    for closing in closings:
        yield Measure.OCCURRENCES, closing.job_type, closing.outcome.value, 0.0, closing.slots


def _bucket(bounds: tuple[float, ...], value: float) -> float:
    """The smallest bound that is not less than the value."""
    place = bisect_left(bounds, value)
    return bounds[place] if place < len(bounds) else inf
