"""How long runs wait for a slot, and behind what."""

from dataclasses import dataclass
from datetime import datetime

from tasks_service.core.percentile import percentile
from tasks_service.core.simulation.trace import SimulatedRun, Trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A run that was due and found every slot taken."""

    job_id: str
    due_at: datetime
    seconds: float
    behind: tuple[str, ...]
    """The jobs that had the slots when it became ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """All waits of a simulation, in seconds."""

    runs: int
    """How many runs waited at all."""
    p50: float
    """Of all runs, those that did not wait included."""
    p95: float
    longest: float
    worst: tuple[Wait, ...]
    """The longest few, longest first."""


def waits(trace: Trace, limit: int) -> Waits:
    """Add up the waits; ``limit`` of them are told one by one."""
    own = trace.runs[trace.carried :]
    seconds = sorted(run.waited_seconds for run in own)
    waited = sorted((run for run in own if run.waited_seconds > 0), key=lambda run: -run.waited_seconds)
    return Waits(
        runs=len(waited),
        p50=percentile(seconds, 0.5) or 0.0,
        p95=percentile(seconds, 0.95) or 0.0,
        longest=max(seconds, default=0.0),
        worst=tuple(_wait(run, trace) for run in waited[:limit]),
    )


def _wait(run: SimulatedRun, trace: Trace) -> Wait:
    behind = {other.job_id for other in trace.runs if other.started_at <= run.ready_at < other.ended_at}
    return Wait(job_id=run.job_id, due_at=run.due_at, seconds=run.waited_seconds, behind=tuple(sorted(behind)))
