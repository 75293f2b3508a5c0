"""How a job does, judged by its newest runs. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tasks_service.control.views import Axis, Health
from tasks_service.core.blame import Blame
from tasks_service.core.durations import format_duration
from tasks_service.core.manifest import JobManifest
from tasks_service.core.run import Occurrence, Outcome, Run, RunState
from tasks_service.core.wording import in_utc

LATE_AFTER = timedelta(minutes=1)
"""How long a run may wait, or a fire may be overdue, before the job counts as late, unless ``expect.grace`` says."""
_BAD = frozenset({RunState.FAILED, RunState.TIMED_OUT})


_MISSED = frozenset({Outcome.MISSED_DOWN, Outcome.MISSED_DEADLINE})


def job_health(
    manifest: JobManifest,
    runs: Sequence[Run],
    newest: Occurrence | None,
    next_due: datetime | None,
    now: datetime,
    *,
    active: bool,
    away: str = "",
) -> Axis:
    """``runs`` newest first; ``newest`` is the ledger's row with the newest due time; ``away`` says why the job's store
    does not answer."""
    grace = manifest.expect.grace or LATE_AFTER
    for run in runs:
        if run.state is RunState.RUNNING:
            return _running(run, manifest, now)
        if run.state is RunState.QUEUED and now - max(run.due_at, run.not_before) > grace:
            return Axis(state=Health.LATE, reason=f"a run waits since {_ago(now - run.not_before)}")
    if active and away and next_due and now > next_due:
        return Axis(state=Health.LATE, reason=f"due {_ago(now - next_due)} ago and not claimed: {away}")
    if active and next_due and now - next_due > grace:
        return Axis(state=Health.LATE, reason=f"due {_ago(now - next_due)} ago and not started")
    ended = [run for run in runs if run.state.final and run.state is not RunState.CANCELLED]
    if ended and ended[0].state is RunState.LOST:
        return Axis(state=Health.LOST, reason=_because(ended[0]) or "nobody knows how the last run ended")
    failures = _in_a_row(ended)
    if failures:
        times = f"{failures} times in a row" if failures > 1 else "once"
        return Axis(state=Health.FAILING, reason=f"{times}: {_because(ended[0])}")
    if newest and newest.outcome in _MISSED:
        fires = f"{newest.count} fires up to" if newest.count > 1 else "the fire of"
        return Axis(state=Health.MISSED, reason=f"{fires} {in_utc(newest.until)}: {newest.reason}")
    return Axis(state=Health.HEALTHY if ended else Health.NEVER_RAN)


def blamed(health: Axis, blame: Blame | None) -> Axis:
    """With the change to blame among the reasons of a failing job."""
    if blame is None or health.state != Health.FAILING:
        return health
    return replace(health, reason=f"{health.reason}, {blame.sentence}")


def failures_in_a_row(runs: Sequence[Run]) -> int:
    """How many of the newest ended runs failed without a success between them."""
    return _in_a_row([run for run in runs if run.state.final and run.state is not RunState.CANCELLED])


def _in_a_row(ended: Sequence[Run]) -> int:
    count = 0
    for run in ended:
        if run.state not in _BAD:
            break
        count += 1
    return count


def _running(run: Run, manifest: JobManifest, now: datetime) -> Axis:
    longest = manifest.expect.max_runtime
    if longest and run.started_at and now - run.started_at > longest:
        return Axis(state=Health.OVERRUNNING, reason=f"runs longer than {format_duration(longest)}")
    return Axis(state=Health.RUNNING)


def _because(run: Run) -> str:
    return f"{run.error.type}: {run.error.message}" if run.error else run.state.value


def _ago(span: timedelta) -> str:
    return format_duration(timedelta(seconds=int(span.total_seconds())))
