"""What is expected of a job where its manifest leaves it open: how late a run may start, and how long it may last."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from tasks_service.core.firing import next_fire
from tasks_service.core.manifest import JobManifest
from tasks_service.core.percentile import percentile
from tasks_service.core.run import Run, RunState
from tasks_service.core.run_durations import Durations
from tasks_service.core.schedule import Interval, Schedule

LEAST_GRACE = timedelta(minutes=1)
PACE_SHARE = 1 / 50
"""A fiftieth of the time between two fires: 72 seconds for an hourly job, 15 minutes (the most) for a daily one."""
MOST_OF_PACE = timedelta(minutes=15)
DELAY_FACTOR = 2
DELAYS_NEEDED = 5
MOST_OF_DELAYS = timedelta(hours=1)
"""However late the runs of a job used to start: what is later than this should be known."""
RUNTIME_FACTOR = 3
RUNTIMES_NEEDED = 10
RUNTIME_SLACK = timedelta(minutes=1)
"""A run that usually lasts a second may take a minute more before anybody is told."""
USUAL_NEEDED = 5
USUAL_SLACK_SECONDS = 5.0
"""So long beyond the usual before a run is said to take longer."""

_A_MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
_FIRES_LOOKED_AT = 5


class Basis(StrEnum):
    """Where an expectation comes from."""

    MANIFEST = "manifest"
    LEAST = "least"
    """The least that makes sense."""
    PACE = "pace"
    """The time between two fires."""
    HISTORY = "history"
    """What was recorded of earlier runs."""
    TIMEOUT = "timeout"
    """The manifest's ``policy.timeout``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What holds for a job at present."""

    grace: timedelta
    """How long after the moment at which it could a run may start."""
    grace_from: Basis
    max_runtime: timedelta
    max_runtime_from: Basis


def expectation(manifest: JobManifest, runs: Iterable[Run], usual: Durations | None) -> Expectation:
    """What the manifest says, and what follows from schedule, recent runs and recorded durations where it is silent."""
    grace, grace_from = _grace(manifest, runs)
    longest, longest_from = _max_runtime(manifest, usual)
    return Expectation(grace=grace, grace_from=grace_from, max_runtime=longest, max_runtime_from=longest_from)


@lru_cache(maxsize=20_000)
def pace(schedule: Schedule) -> timedelta | None:
    """The shortest time between two of a few fires; None where there is no second one."""
    if isinstance(schedule, Interval):
        return schedule.period
    found: list[datetime] = []
    moment = _A_MONDAY
    while len(found) < _FIRES_LOOKED_AT and (fire := next_fire(schedule, moment)):
        found.append(fire)
        moment = fire
    return min((later - earlier for earlier, later in pairwise(found)), default=None)


def _grace(manifest: JobManifest, runs: Iterable[Run]) -> tuple[timedelta, Basis]:
    if manifest.expect.grace is not None:
        return manifest.expect.grace, Basis.MANIFEST
    between = pace(manifest.schedule)
    candidates = [(LEAST_GRACE, Basis.LEAST)]
    if between:
        candidates.append((min(between * PACE_SHARE, MOST_OF_PACE), Basis.PACE))
    if delay := _usual_delay(runs):
        candidates.append((min(delay * DELAY_FACTOR, between or MOST_OF_DELAYS, MOST_OF_DELAYS), Basis.HISTORY))
    return max(candidates, key=lambda candidate: candidate[0])


def _usual_delay(runs: Iterable[Run]) -> timedelta | None:
    """Within which time 95 of 100 first attempts started, once they could; None where too few are known."""
    delays = sorted(
        max(0.0, (run.started_at - max(run.due_at, run.not_before)).total_seconds())
        for run in runs
        if run.started_at and run.attempt == 1
    )
    if len(delays) < DELAYS_NEEDED:
        return None
    return timedelta(seconds=round(percentile(delays, 0.95) or 0.0))


def _max_runtime(manifest: JobManifest, usual: Durations | None) -> tuple[timedelta, Basis]:
    if manifest.expect.max_runtime is not None:
        return manifest.expect.max_runtime, Basis.MANIFEST
    timeout = manifest.policy.timeout
    if usual and usual.count >= RUNTIMES_NEEDED:
        slow = timedelta(seconds=round(usual.p95))
        longest = max(slow * RUNTIME_FACTOR, slow + RUNTIME_SLACK)
        if longest < timeout:
            return longest, Basis.HISTORY
    return timeout, Basis.TIMEOUT


def usual_seconds(usual: Durations | None) -> float | None:
    """What a run usually takes; None where too few are known to say so."""
    return usual.p50 if usual and usual.count >= USUAL_NEEDED else None


def takes_longer(run: Run, usual: Durations | None, now: datetime) -> bool:
    """Whether a run is under way noticeably longer than 95 of 100 of the earlier ones took; enough must be known."""
    if usual is None or usual.count < USUAL_NEEDED or run.state is not RunState.RUNNING or run.started_at is None:
        return False
    return (now - run.started_at).total_seconds() > usual.p95 + USUAL_SLACK_SECONDS
