"""The guard against mass suspension: a search and replace that puts half of the jobs to sleep."""

from collections.abc import Sequence

from tasks_service.core.guards.question import Change


def mass_suspension(changes: Sequence[Change], inventory: int) -> dict[str, str]:
    """``job_uid`` → why, of the jobs that files suspend, where they are more than need no confirmation."""
    suspended = [c for c in changes if c.before and c.job.manifest.suspend and not c.before.manifest.suspend]
    limit = unasked(inventory)
    if len(suspended) <= limit:
        return {}
    reason = f"{len(suspended)} of {inventory} jobs would be suspended, more than the {limit} that need no confirmation"
    return {c.job.job_uid: reason for c in suspended}


def unasked(inventory: int) -> int:
    """How many jobs a change may end or suspend without anybody being asked."""
    return max(2, inventory // 5)
