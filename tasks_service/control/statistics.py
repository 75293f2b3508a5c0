"""Statistics: how the runs of the last day did, over all and by job type. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tasks_service.core.diagnostics import errors
from tasks_service.core.percentile import percentile
from tasks_service.core.ports import Usage
from tasks_service.core.run import Outcome, RunState, Trigger
from tasks_service.core.stores import OutcomeCount, Problem
from tasks_service.core.tally import Ending

_FAILURES = (RunState.FAILED, RunState.TIMED_OUT, RunState.LOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Where the middle and the slow end of a figure lie; None without values."""

    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """How runs did in the last 24 hours. A cancelled run is neither success nor failure."""

    runs_24h: Mapping[str, int]
    """Runs that ended, by state."""
    success_rate_24h: float | None
    """Succeeded over succeeded, failed, timed out and lost; None without any."""
    failure_rate_24h: float | None
    duration_seconds_24h: Spread
    lateness_seconds_24h: Spread
    """From the due time to the start, of first attempts that the schedule asked for."""
    cpu_seconds_24h: Spread
    peak_memory_bytes_24h: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class TypePerformance:
    """The performance of one job type, and how many live jobs it has."""

    job_type: str
    jobs: int
    performance: Performance


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """The figures of the dashboard."""

    jobs: int
    active: int
    paused: int
    suspended: int
    failing: int
    invalid: int
    """Files with an error."""
    running: int
    queued: int
    queue_wait_seconds: float
    """How long the longest waiting of the queued runs could have been started already; 0 where none waits."""
    performance: Performance
    job_types: tuple[TypePerformance, ...]
    """By name: those that have jobs, or runs in the last 24 hours."""
    occurrences_24h: Mapping[str, int]
    """Expected fires of the last 24 hours by what became of them; an outcome without any is left out."""
    last_success: Mapping[str, datetime | None]
    """Every live job, and when it last succeeded."""
    overrides: int
    oldest_override_seconds: float
    leading: bool
    """Whether the process that answers leads."""
    term: int | None
    """The number of the present leadership; None before the first."""
    tick_age: float | None
    """Seconds since the timer last looked at its jobs; None where this process does not lead."""
    sync: str
    service: Usage
    """What the process that answers uses."""


def performance(counts: Iterable[OutcomeCount], endings: Iterable[Ending]) -> Performance:
    """What all these runs come to: exact counts, and percentiles of the sample ``endings``."""
    sample = list(endings)
    by_state = {state.value: 0 for state in RunState if state.final}
    for count in counts:
        by_state[count.state.value] += count.runs
    failed = sum(by_state[state] for state in _FAILURES)
    judged = by_state[RunState.SUCCEEDED] + failed
    scheduled = [run for run in sample if run.trigger is Trigger.SCHEDULE]
    return Performance(
        runs_24h=by_state,
        success_rate_24h=by_state[RunState.SUCCEEDED] / judged if judged else None,
        failure_rate_24h=failed / judged if judged else None,
        duration_seconds_24h=_spread(run.duration_seconds for run in sample),
        lateness_seconds_24h=_spread(run.lateness_seconds for run in scheduled),
        cpu_seconds_24h=_spread(run.cpu_seconds for run in sample),
        peak_memory_bytes_24h=_spread(run.peak_memory_bytes for run in sample),
    )


def by_type(
    jobs: Iterable[str], counts: Iterable[OutcomeCount], endings: Iterable[Ending]
) -> tuple[TypePerformance, ...]:
    """The performance of each job type. ``jobs`` names the type of each live job."""
    live = Counter(jobs)
    counted: dict[str, list[OutcomeCount]] = defaultdict(list)
    for count in counts:
        counted[count.job_type].append(count)
    sampled: dict[str, list[Ending]] = defaultdict(list)
    for run in endings:
        sampled[run.job_type].append(run)
    return tuple(
        TypePerformance(job_type=t, jobs=live[t], performance=performance(counted[t], sampled[t]))
        for t in sorted({*live, *counted, *sampled})
    )


def words(outcomes: Mapping[Outcome, int]) -> dict[str, int]:
    """The outcomes by their words, in the order of the enumeration."""
    return {outcome.value: outcomes[outcome] for outcome in Outcome if outcome in outcomes}


def broken_files(problems: Iterable[Problem]) -> frozenset[str]:
    """The files with an error; the last good version of their jobs stays in force."""
    return frozenset(found.path for found in errors(problem.diagnostic for problem in problems))


def age(since: datetime | None, now: datetime) -> float:
    """Seconds since then; 0 where there is no such moment."""
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def _spread(values: Iterable[float | None]) -> Spread:
    ascending: Sequence[float] = sorted(value for value in values if value is not None)
    return Spread(p50=percentile(ascending, 0.5), p95=percentile(ascending, 0.95))
