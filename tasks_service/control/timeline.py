"""The timeline: what became of the last hours and what the next ones bring, a row per job. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tasks_service.core.past import PastRun
from tasks_service.core.run import Occurrence, Run
from tasks_service.core.simulation.estimate import Estimate
from tasks_service.core.simulation.trace import SimulatedJob, SimulatedRun, Skipped, Trace

BUCKETS = 60
"""Into so many equal parts a timeline is cut for jobs with more marks than that."""


class Kind(StrEnum):
    """What a mark stands for."""

    RUN = "run"
    """It has ended; its state says how."""
    RUNNING = "running"
    """It is under way; its end is expected."""
    UPCOMING = "upcoming"
    """It will run, as far as can be foreseen."""
    LEFT_OUT = "left_out"
    """Fires that nothing came of or will come of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One run, or the consecutive fires that nothing comes of."""

    kind: Kind
    state: str
    """The run's state, or the outcome of the fires; ``expected`` where it has not begun."""
    due_at: datetime
    begin: datetime
    end: datetime
    """Of a run under way or to come the expected one."""
    count: int = 1
    run_id: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """All marks of a job that begin within ``[begin, end)``."""

    begin: datetime
    end: datetime
    states: dict[str, int]
    """How many, by state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One job: its marks by begin, or where they are too many their number in each bucket that has any."""

    job_id: str
    estimate: Estimate
    marks: tuple[Mark, ...] = ()
    buckets: tuple[Bucket, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The time that a timeline shows."""

    since: datetime
    now: datetime
    until: datetime


def rows(
    jobs: Sequence[SimulatedJob],
    window: Window,
    past: tuple[Sequence[PastRun], Sequence[Occurrence], Sequence[Run]],
    trace: Trace,
) -> tuple[Row, ...]:
    """A row for each job by id; ``past`` holds what ended, what nothing came of, and what is under way."""
    ended, unrun, running = past
    found: dict[str, list[Mark]] = {job.job_id: [] for job in jobs}
    seconds = {job.job_id: job.estimate.seconds for job in jobs}
    coming = trace.runs[trace.carried :]
    marks: Iterable[tuple[str, Mark]] = (
        *((run.job_id, _ended(run)) for run in ended),
        *((row.job_id, _unrun(row)) for row in unrun),
        *((run.job_id, _running(run, seconds.get(run.job_id, 0.0), window.now)) for run in running),
        *((run.job_id, _upcoming(run)) for run in coming if run.started_at <= window.until),
        *((skip.job_id, _left_out(skip)) for skip in trace.skipped),
    )
    for job_id, mark in marks:
        if job_id in found and mark.end >= window.since:
            found[job_id].append(mark)
    return tuple(
        _row(job, sorted(found[job.job_id], key=lambda mark: mark.begin), window)
        for job in sorted(jobs, key=lambda job: job.job_id.lower())
    )


def _row(job: SimulatedJob, marks: Sequence[Mark], window: Window) -> Row:
    if len(marks) <= BUCKETS:
        return Row(job_id=job.job_id, estimate=job.estimate, marks=tuple(marks))
    return Row(job_id=job.job_id, estimate=job.estimate, buckets=_buckets(marks, window))


def _buckets(marks: Sequence[Mark], window: Window) -> tuple[Bucket, ...]:
    width = (window.until - window.since) / BUCKETS
    counted: dict[int, Counter[str]] = {}
    for mark in marks:
        place = min(BUCKETS - 1, max(0, int((mark.begin - window.since) / width)))
        counted.setdefault(place, Counter())[mark.state] += mark.count
    return tuple(
        Bucket(
            begin=window.since + place * width,
            end=window.since + (place + 1) * width,
            states=dict(sorted(counted[place].items())),
        )
        for place in sorted(counted)
    )


def _ended(run: PastRun) -> Mark:
    begin = run.started_at or run.finished_at
    return Mark(kind=Kind.RUN, state=run.state, due_at=run.due_at, begin=begin, end=run.finished_at, run_id=run.run_id)


def _unrun(row: Occurrence) -> Mark:
    return Mark(
        kind=Kind.LEFT_OUT,
        state=str(row.outcome),
        due_at=row.due_at,
        begin=row.due_at,
        end=row.until,
        count=row.count,
        reason=row.reason,
    )


def _running(run: Run, seconds: float, now: datetime) -> Mark:
    begin = run.started_at or now
    expected = max(now, begin + timedelta(seconds=seconds))
    return Mark(kind=Kind.RUNNING, state=run.state, due_at=run.due_at, begin=begin, end=expected, run_id=run.run_id)


def _upcoming(run: SimulatedRun) -> Mark:
    waited = f"waits {run.waited_seconds:.0f} s for a slot" if run.waited_seconds else ""
    return Mark(
        kind=Kind.UPCOMING,
        state="expected",
        due_at=run.due_at,
        begin=run.started_at,
        end=run.ended_at,
        reason=waited,
    )


def _left_out(skip: Skipped) -> Mark:
    return Mark(
        kind=Kind.LEFT_OUT,
        state=skip.outcome,
        due_at=skip.due_at,
        begin=skip.due_at,
        end=skip.until,
        count=skip.count,
        reason=skip.reason,
    )
