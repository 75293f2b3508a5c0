"""What makes two plans the same, and two states: digests, so that whoever applies a saved plan sees what moved."""

from collections.abc import Iterator, Mapping
from hashlib import sha256

from tasks_service.core.calendar import Calendar
from tasks_service.core.plan import Action, Plan
from tasks_service.core.state import LiveJob

_LENGTH = 16


def fingerprint(plan: Plan) -> str:
    """A digest of all that a plan does and holds. Identities that are made anew in each look do not count."""
    return _digest("\n".join(sorted(_lines(plan))))


def state_digests(live: Mapping[str, LiveJob], calendars: Mapping[str, Calendar]) -> dict[str, str]:
    """A digest of each job and calendar, by ``job NAME`` and ``calendar NAME``."""
    jobs = {f"job {job.manifest.job_id}": _job_digest(job) for job in live.values()}
    return dict(sorted((jobs | {f"calendar {c.calendar_id}": c.digest[:_LENGTH] for c in calendars.values()}).items()))


def moved(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What differs between two states, a sentence for each."""
    gone = [f"{name} is gone" for name in then if name not in now]
    new = [f"{name} is new" for name in now if name not in then]
    changed = [f"{name} was changed" for name in then if name in now and now[name] != then[name]]
    return [*changed, *new, *gone]


def _lines(plan: Plan) -> Iterator[str]:
    yield from map(_action, plan.actions)
    yield from (f"held {_action(held.action)}" for held in plan.held)
    for change in plan.calendars:
        yield f"{'held ' * bool(change.held)}{change.verb} calendar {change.calendar.digest}"


def _action(action: Action) -> str:
    job = action.job
    return f"{action.verb} {job.manifest.digest} {job.origin.source} {job.origin.path} {job.halted}"


def _job_digest(job: LiveJob) -> str:
    return _digest(f"{job.manifest.digest} {job.origin.source} {job.origin.path} {job.halted}")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:_LENGTH]
