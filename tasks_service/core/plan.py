"""The plan: the ordered actions that make the live state equal the desired one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from tasks_service.core.calendar_plan import CalendarChange, hold_calendars
from tasks_service.core.document import canonical
from tasks_service.core.manifest import JobManifest
from tasks_service.core.state import DesiredJob, LiveJob, Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """A job that is wanted and not there."""

    job: DesiredJob
    verb: str = field(default="create", init=False)

    @property
    def job_id(self) -> str:
        """The name of the job."""
        return self.job.manifest.job_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A job that is there and wanted otherwise; ``changed`` names the fields."""

    job: DesiredJob
    before: LiveJob
    changed: tuple[str, ...]
    verb: str = field(default="update", init=False)

    @property
    def job_id(self) -> str:
        """The name of the job."""
        return self.job.manifest.job_id

    @property
    def reschedules(self) -> bool:
        """Whether fire times may move."""
        return self.job.manifest.schedule_digest != self.before.manifest.schedule_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A job that must stop firing, by override or by its manifest."""

    job: DesiredJob
    verb: str = field(default="pause", init=False)

    @property
    def job_id(self) -> str:
        """The name of the job."""
        return self.job.manifest.job_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """A job that may fire again."""

    job: DesiredJob
    verb: str = field(default="resume", init=False)

    @property
    def job_id(self) -> str:
        """The name of the job."""
        return self.job.manifest.job_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """A job that is there and no longer wanted."""

    job: LiveJob
    by_name: bool = False
    """Somebody asked for just this deletion: it is no prune."""
    verb: str = field(default="delete", init=False)

    @property
    def job_id(self) -> str:
        """The name of the job."""
        return self.job.manifest.job_id


Action = Create | Update | Pause | Resume | Delete


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An action that a guard keeps back, and why."""

    action: Action
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Actions in the order they are applied; deletions come last."""

    actions: tuple[Action, ...] = ()
    held: tuple[Held, ...] = ()
    calendars: tuple[CalendarChange, ...] = ()

    @property
    def plan_id(self) -> str:
        """Hash of the deletions: a confirmation is bound to exactly these, and outlives that the rest is applied."""
        actions = (*self.actions, *(h.action for h in self.held))
        lines = [f"{a.verb} {_uid(a)} {a.job.manifest.digest}" for a in actions if isinstance(a, Delete)]
        return sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]

    @property
    def summary(self) -> str:
        """One line, as in ``Plan: 1 to add, 2 to change, 0 to delete, 1 held.``"""
        count = {verb: sum(a.verb == verb for a in self.actions) for verb in ("create", "delete")}
        changes = len({_uid(a) for a in self.actions if a.verb not in count})
        jobs = (
            f"Plan: {count['create']} to add, {changes} to change, {count['delete']} to delete, {len(self.held)} held."
        )
        return f"{jobs} {_calendar_summary(self.calendars)}" if self.calendars else jobs


def _calendar_summary(changes: Sequence[CalendarChange]) -> str:
    words = {"create": "to add", "update": "to change", "delete": "to delete"}
    counts = {word: sum(c.verb == verb and not c.held for c in changes) for verb, word in words.items()}
    counts["held"] = sum(bool(c.held) for c in changes)
    return f"Calendars: {', '.join(f'{number} {word}' for word, number in counts.items() if number)}."


def diff(desired: Mapping[str, DesiredJob], live: Mapping[str, LiveJob], deleted_by_name: frozenset[str]) -> Plan:
    """The actions that make ``live`` equal ``desired``; reads both, changes neither."""
    actions: list[Action] = []
    for uid in sorted(desired, key=lambda u: desired[u].manifest.key):
        want, have = desired[uid], live.get(uid)
        if have is None:
            actions.append(Create(job=want))
            continue
        changed = changes(have.manifest, have.origin, want.manifest, want.origin)
        if changed:
            actions.append(Update(job=want, before=have, changed=changed))
        if want.halted != have.halted:
            actions.append(Pause(job=want) if want.halted else Resume(job=want))
    gone = sorted((live[uid] for uid in live.keys() - desired.keys()), key=lambda j: j.manifest.key)
    actions += [Delete(job=job, by_name=job.job_uid in deleted_by_name) for job in gone]
    return Plan(actions=tuple(actions))


def changes(old: JobManifest, old_origin: Origin, new: JobManifest, new_origin: Origin) -> tuple[str, ...]:
    """The top-level fields that differ; ``origin`` where the document moved to another file."""
    changed = [] if old.digest == new.digest else _changed_fields(old, new)
    if (old_origin.source, old_origin.path) != (new_origin.source, new_origin.path):
        changed.append("origin")
    return tuple(changed)


def _changed_fields(old: JobManifest, new: JobManifest) -> list[str]:
    """Compared as JSON, where ``1``, ``1.0`` and ``true`` are not the same."""
    before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
    return [name for name in after if canonical(before.get(name)) != canonical(after[name])]


def guard(
    plan: Plan,
    inventory: int,
    *,
    deletions_wait: str = "",
    allowed_deletions: int | None = None,
    confirmed: str = "",
) -> Plan:
    """Keep back what looks like an accident. Held plus applied actions are always all of them.

    ``inventory`` is the number of live jobs; ``allowed_deletions`` what a person allowed by number; ``confirmed`` the
    id of the plan that a person allowed as a whole.
    """
    prunes = [a for a in plan.actions if isinstance(a, Delete) and not a.by_name]
    if not prunes:
        return plan
    allowed = plan.plan_id == confirmed
    reasons: dict[str, str] = {}
    for action in prunes:
        policy = action.job.manifest.policy.prune
        if deletions_wait:
            reasons[_uid(action)] = deletions_wait
        elif policy == "never":
            reasons[_uid(action)] = "policy.prune is never"
        elif policy == "confirm" and not allowed:
            reasons[_uid(action)] = "policy.prune is confirm"
    free = [a for a in prunes if _uid(a) not in reasons]
    limit = max(2, inventory // 5) if allowed_deletions is None else allowed_deletions
    if len(free) > limit and not allowed:
        for action in free:
            reasons[_uid(action)] = (
                f"{len(free)} of {inventory} jobs would be deleted, more than the {limit} that need no confirmation"
            )
    kept: Sequence[Action] = [a for a in plan.actions if not (isinstance(a, Delete) and _uid(a) in reasons)]
    held = tuple(Held(action=a, reason=reasons[_uid(a)]) for a in prunes if _uid(a) in reasons)
    return replace(plan, actions=tuple(kept), held=held)


def hold_away(plan: Plan, live: Mapping[str, LiveJob], away: Mapping[str, str]) -> Plan:
    """Keep back what would change a job whose store does not answer: its cursor and its runs are known only there.

    ``live`` are the jobs as they are, ``away`` the reason by the value of ``store``.
    """
    if not away:
        return plan
    held = [
        Held(action=action, reason=away[job.manifest.store])
        for action in plan.actions
        if (job := live.get(_uid(action))) and job.manifest.store in away
    ]
    kept = {id(one.action) for one in held}
    return replace(
        plan,
        actions=tuple(a for a in plan.actions if id(a) not in kept),
        held=(*plan.held, *held),
        calendars=hold_calendars(plan.calendars, live.values(), away),
    )


def _uid(action: Action) -> str:
    return action.job.job_uid
