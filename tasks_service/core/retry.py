"""Whether and when a run is tried again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tasks_service.core.firing import next_fire
from tasks_service.core.manifest import JobManifest, Retry
from tasks_service.core.run import Run, RunState, Trigger

_RETRIED = frozenset({RunState.FAILED, RunState.TIMED_OUT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrial:
    """What comes after an attempt: another one, none, or one that is given up."""

    at: datetime | None = None
    """When the next attempt may start."""
    given_up: str = ""
    """Why an attempt that was left is not made."""


def next_attempt(manifest: JobManifest, run: Run, state: RunState, ended: datetime, draw: float) -> Retrial:
    """Decide on the attempt after ``run``, which ended in ``state``. ``draw`` is a random number in [0, 1)."""
    if run.dry_run:
        return Retrial()
    policy = manifest.policy.retry
    wanted = state in _RETRIED or (state is RunState.LOST and policy.on_lost)
    if not wanted or run.attempt > policy.attempts:
        return Retrial()
    start = ended + _wait(policy, run.attempt, draw)
    fire = None if policy.past_next_fire else _replaced_at(manifest, run, ended)
    if fire is None or start < fire:
        return Retrial(at=start)
    return Retrial(
        given_up=f"attempt {run.attempt + 1} is given up: it would start at {start:%Y-%m-%d %H:%M:%S} UTC, not before"
        f" the next fire at {fire:%Y-%m-%d %H:%M:%S} UTC; policy.retry.past_next_fire: true allows it"
    )


def _wait(policy: Retry, attempt: int, draw: float) -> timedelta:
    """The delay, doubled with each attempt, capped, and shortened by a random part of its share ``jitter``."""
    doubled = policy.delay * float(2 ** min(attempt - 1, 30))
    return min(doubled, policy.max_delay) * (1 - policy.jitter * draw)


def _replaced_at(manifest: JobManifest, run: Run, ended: datetime) -> datetime | None:
    """The fire that does the work of a further attempt; None where there is none.

    With ``overlap: skip`` the fires during the run are lost, so it is the first one after its end. Otherwise a fire
    during the run starts or waits already. A slot of the past that was asked for has no such fire.
    """
    if manifest.suspend or run.trigger is Trigger.BACKFILL:
        return None
    missed_none = run.trigger is Trigger.SCHEDULE and manifest.policy.overlap != "skip"
    return next_fire(manifest.schedule, run.due_at if missed_none else ended)
