"""The guard against mass deletion, and the policies of single jobs about being deleted."""

from collections.abc import Callable
from dataclasses import replace

from tasks_service.core.guards.suspensions import unasked
from tasks_service.core.plan import Delete, Held, Plan, uid_of
from tasks_service.core.state import LiveJob


def guard_deletions(
    plan: Plan,
    inventory: int,
    *,
    deletions_wait: str = "",
    window: Callable[[LiveJob], tuple[str, bool]] = lambda _: ("", True),
    allowed_deletions: int | None = None,
    allowed: bool = False,
) -> Plan:
    """Keep back what looks like an accident. Held plus applied actions are always all of them.

    ``inventory`` is the number of live jobs once the rest is applied; ``window`` says why a job's deletion waits for
    its time, and whether a confirmation helps; ``allowed_deletions`` is what a person allowed by number; ``allowed``
    tells that somebody confirmed just this plan.
    """
    prunes = [a for a in plan.actions if isinstance(a, Delete) and not a.by_name]
    if not prunes:
        return plan
    reasons = {uid_of(a): reason for a in prunes if (reason := _reason(a, deletions_wait, window, allowed=allowed))}
    free = [a for a in prunes if uid_of(a) not in reasons]
    limit = unasked(inventory) if allowed_deletions is None else allowed_deletions
    if len(free) > limit and not allowed:
        many = f"{len(free)} of {inventory} jobs would be deleted, more than the {limit} that need no confirmation"
        reasons |= {uid_of(a): many for a in free}
    kept = tuple(a for a in plan.actions if not (isinstance(a, Delete) and uid_of(a) in reasons))
    held = tuple(Held(action=a, reason=reasons[uid_of(a)]) for a in prunes if uid_of(a) in reasons)
    return replace(plan, actions=kept, held=(*plan.held, *held))


def _reason(
    action: Delete, deletions_wait: str, window: Callable[[LiveJob], tuple[str, bool]], *, allowed: bool
) -> str:
    policy = action.job.manifest.policy.prune
    closed, manual = window(action.job)
    if deletions_wait:
        return deletions_wait
    if policy == "never":
        return "policy.prune is never"
    if closed and not (manual and allowed):
        return closed
    return "policy.prune is confirm" if policy == "confirm" and not allowed else ""
