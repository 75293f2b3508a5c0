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
class Rename(Update):
    """An update under which the job gets another ``job_id``: history, overrides and phase stay with it."""

    verb: str = field(default="rename", init=False)


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
    asks: bool = False
    """Whether it is carried out once a person confirms the plan; otherwise no confirmation helps."""

    @property
    def line(self) -> str:
        """What a confirmation is bound to. A job that is new has no identity yet but its name."""
        job = self.action.job
        name = job.manifest.key if isinstance(self.action, Create) else job.job_uid
        return f"{self.action.verb} {name} {job.manifest.digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Actions in the order they are applied; deletions come last."""

    actions: tuple[Action, ...] = ()
    held: tuple[Held, ...] = ()
    calendars: tuple[CalendarChange, ...] = ()

    @property
    def plan_id(self) -> str:
        """Hash of what guards ask a person about, empty where they ask about nothing.

        A confirmation is bound to exactly these actions, and to none that is applied beside them.
        """
        asked = sorted(held.line for held in self.held if held.asks)
        return sha256("\n".join(asked).encode()).hexdigest()[:16] if asked else ""

    @property
    def summary(self) -> str:
        """One line, as in ``Plan: 1 to add, 2 to change, 0 to delete, 1 held.``"""
        count = {verb: sum(a.verb == verb for a in self.actions) for verb in ("create", "rename", "delete")}
        changes = len({uid_of(a) for a in self.actions if a.verb not in count})
        renames = f" {count['rename']} to rename," if count["rename"] else ""
        jobs = (
            f"Plan: {count['create']} to add, {changes} to change,{renames} {count['delete']} to delete,"
            f" {len(self.held)} held."
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
            kind = Update if want.manifest.key == have.manifest.key else Rename
            actions.append(kind(job=want, before=have, changed=changed))
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


def hold_away(plan: Plan, live: Mapping[str, LiveJob], away: Mapping[str, str]) -> Plan:
    """Keep back what would change a job whose store does not answer: its cursor and its runs are known only there.

    ``live`` are the jobs as they are, ``away`` the reason by the value of ``store``.
    """
    if not away:
        return plan
    held = [
        Held(action=action, reason=away[job.manifest.store])
        for action in plan.actions
        if (job := live.get(uid_of(action))) and job.manifest.store in away
    ]
    kept = {id(one.action) for one in held}
    return replace(
        plan,
        actions=tuple(a for a in plan.actions if id(a) not in kept),
        held=(*plan.held, *held),
        calendars=hold_calendars(plan.calendars, live.values(), away),
    )


def uid_of(action: Action) -> str:
    """The job that it is about."""
    return action.job.job_uid
