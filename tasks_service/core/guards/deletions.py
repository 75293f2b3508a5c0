"""The guard against mass deletion, and the policies of single jobs about being deleted."""

from collections.abc import Callable
from dataclasses import replace

from tasks_service.core.guards.suspensions import unasked
from tasks_service.core.plan import Delete, Held, Plan
from tasks_service.core.state import LiveJob


def guard_deletions(
    plan: Plan,
    inventory: int,
    *,
    deletions_wait: str = "",
    window: Callable[[LiveJob], tuple[str, bool]] = lambda _: ("", True),
    allowed: bool = False,
) -> Plan:
    """Keep back what looks like an accident. Held plus applied actions are always all of them.

    ``inventory`` is the number of live jobs once the rest is applied; ``window`` says why a job's deletion waits for
    its time, and whether a confirmation helps; ``allowed`` tells that somebody confirmed just this plan.
    """
    prunes = [a for a in plan.actions if isinstance(a, Delete) and not a.by_name]
    held = [found for a in prunes if (found := _held(a, deletions_wait, window(a.job), allowed=allowed))]
    free = len(prunes) - len(held)
    limit = unasked(inventory)
    if free > limit and not allowed:
        kept = {h.action.job.job_uid for h in held}
        many = f"{free} of {inventory} jobs would be deleted, more than the {limit} that need no confirmation"
        held += [Held(action=a, reason=many, asks=True) for a in prunes if a.job.job_uid not in kept]
    waiting = {h.action.job.job_uid for h in held}
    applied = tuple(a for a in plan.actions if not (isinstance(a, Delete) and a.job.job_uid in waiting))
    return replace(plan, actions=applied, held=(*plan.held, *sorted(held, key=lambda h: h.action.job.manifest.key)))


def _held(action: Delete, deletions_wait: str, window: tuple[str, bool], *, allowed: bool) -> Held | None:
    """Why this one deletion waits, whatever the others do; None where it does not."""
    policy, (closed, manual) = action.job.manifest.policy.prune, window
    if deletions_wait:
        return Held(action=action, reason=deletions_wait)
    if policy == "never":
        return Held(action=action, reason="policy.prune is never")
    if closed and not manual:
        return Held(action=action, reason=closed)
    if allowed or not (closed or policy == "confirm"):
        return None
    return Held(action=action, reason=closed or "policy.prune is confirm", asks=True)
