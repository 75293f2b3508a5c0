"""The answer of a simulation: how often jobs fire, what is left out, how full the slots are, how many are needed."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tasks_service.core.clock_changes import ClockChange, clock_changes
from tasks_service.core.run import Outcome
from tasks_service.core.simulation.budget import cuts, days, fires_in
from tasks_service.core.simulation.engine import Engine
from tasks_service.core.simulation.estimate import Estimate
from tasks_service.core.simulation.load import Levels, Load, Meeting, meetings
from tasks_service.core.simulation.trace import INSTANT, Cut, SimulatedJob, Skipped, Trace
from tasks_service.core.simulation.verdicts import Verdicts
from tasks_service.core.simulation.waits import Waits, waits

SHOWN = 10
"""How many of the fullest minutes and of the longest waits are told."""
SKIPS_SHOWN = 500
"""How many ranges of slots that nothing comes of are told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: ``[start, end)`` with so many slots."""

    start: datetime
    end: datetime
    slots: int
    patience: float = 60.0
    """Seconds that a run may wait for a slot before there are too few of them."""
    seed: int = 0
    """Of the chance in ``jitter``."""
    limit: int = 50_000
    """The most fires that are played through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOutlook:
    """One job in the days ahead."""

    job_id: str
    estimate: Estimate
    fires: tuple[int, ...]
    """On each day of the window, all of them."""
    runs: int
    outcomes: Mapping[Outcome, int]
    """Slots that nothing comes of, by reason."""
    busy_seconds: float
    clock_changes: tuple[ClockChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """How many slots are needed so that nobody waits longer than the question's patience."""

    slots: int
    longest: float
    """The longest wait with so many, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What the days ahead will bring, if runs take as long as is estimated and every run succeeds."""

    question: Question
    days: tuple[date, ...]
    jobs: tuple[JobOutlook, ...]
    skipped: tuple[Skipped, ...]
    skipped_untold: int
    """Ranges beyond those that are told."""
    load: Load
    waits: Waits
    busiest: tuple[Meeting, ...]
    need: Need
    cuts: tuple[Cut, ...]


def look_ahead(jobs: Sequence[SimulatedJob], question: Question) -> Outlook:
    """Play the window through and say what comes of it."""
    window = (question.start, question.end)
    pieces = days(*window)
    daily = [tuple(fires_in(job.manifest.schedule, a, b) for a, b in pieces) for job in jobs]
    stage = Stage(jobs, question)
    trace = stage.play(question.slots)
    levels = Levels(trace)
    return Outlook(
        question=question,
        days=tuple(begin.date() for begin, _ in pieces),
        jobs=_jobs(jobs, daily, trace),
        skipped=trace.skipped[:SKIPS_SHOWN],
        skipped_untold=max(0, len(trace.skipped) - SKIPS_SHOWN),
        load=levels.load(),
        waits=waits(trace, SHOWN),
        busiest=meetings(trace, levels, SHOWN),
        need=_need(stage, question.patience),
        cuts=trace.cuts,
    )


class Stage:
    """Jobs and a window, to be played with any number of slots; what was decided once is not asked again."""

    def __init__(self, jobs: Sequence[SimulatedJob], question: Question) -> None:
        self._jobs = jobs
        self._window = (question.start, question.end)
        self._cuts = cuts(jobs, *self._window, question.limit)
        self._verdicts = {job.job_uid: Verdicts(job, question.start, question.seed) for job in jobs}

    def play(self, slots: int) -> Trace:
        """One simulation."""
        return Engine(self._jobs, self._verdicts, self._cuts, self._window, slots).play()


def _jobs(jobs: Sequence[SimulatedJob], daily: Sequence[tuple[int, ...]], trace: Trace) -> tuple[JobOutlook, ...]:
    runs = Counter(run.job_id for run in trace.runs[trace.carried :])
    busy: dict[str, float] = defaultdict(float)
    for run in trace.runs:
        begin, end = max(run.started_at, trace.start), min(run.ended_at, trace.end)
        busy[run.job_id] += max(0.0, (end - begin).total_seconds())
    outcomes: dict[str, Counter[Outcome]] = defaultdict(Counter)
    for skip in trace.skipped:
        outcomes[skip.job_id][skip.outcome] += skip.count
    found = [
        JobOutlook(
            job_id=job.job_id,
            estimate=job.estimate,
            fires=fires,
            runs=runs[job.job_id],
            outcomes=dict(outcomes[job.job_id]),
            busy_seconds=busy[job.job_id],
            clock_changes=tuple(clock_changes(job.manifest.schedule, trace.start - INSTANT, trace.end - INSTANT)),
        )
        for job, fires in zip(jobs, daily, strict=True)
    ]
    return tuple(sorted(found, key=lambda job: job.job_id.lower()))


def _need(stage: Stage, patience: float) -> Need:
    """Halve the way between too few slots and enough of them, each number played through."""
    ample = stage.play(_AMPLE)
    enough = max(1, Levels(ample).load().peak)
    longest = 0.0
    too_few = 0
    while enough - too_few > 1:
        middle = (enough + too_few) // 2
        found = waits(stage.play(middle), 0).longest
        if found <= patience:
            enough, longest = middle, found
        else:
            too_few = middle
    return Need(slots=enough, longest=longest)


_AMPLE = 10**9
"""More slots than runs."""
