"""Syncs that are cut off in the middle, and what they have to come to all the same."""

from collections.abc import Callable, Mapping

from tasks_service.core.plan import Delete, Plan
from tasks_service.core.state import DesiredJob, LiveJob


class Died(BaseException):
    """The process is gone; nothing of it catches this."""


def applied(plan: Plan, before: Mapping[str, LiveJob]) -> list[tuple[str, str, str, bool]]:
    """The jobs after a plan: name, digest, file, and whether they are halted."""
    after: dict[str, DesiredJob | LiveJob] = dict(before)
    for action in plan.actions:
        if isinstance(action, Delete):
            del after[action.job.job_uid]
        else:
            after[action.job.job_uid] = action.job
    return sorted((j.manifest.job_id, j.manifest.digest, j.origin.path, j.halted) for j in after.values())


def fail_at(at: int, how: BaseException) -> Callable[[str], None]:
    count = 0

    def fail(_statement: str) -> None:
        nonlocal count
        count += 1
        if count >= at:
            raise how

    return fail
