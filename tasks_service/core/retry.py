"""Whether and when a run is tried again."""

from datetime import datetime

from tasks_service.core.manifest import Retry
from tasks_service.core.run import RunState

_RETRIED = frozenset({RunState.FAILED, RunState.TIMED_OUT})


def retry_at(policy: Retry, state: RunState, attempt: int, ended: datetime) -> datetime | None:
    """When the next attempt may start; None where there is none. ``attempt`` counts from 1."""
    wanted = state in _RETRIED or (state is RunState.LOST and policy.on_lost)
    if not wanted or attempt > policy.attempts:
        return None
    doubled = policy.delay * float(2 ** min(attempt - 1, 30))
    return ended + min(doubled, policy.max_delay)
