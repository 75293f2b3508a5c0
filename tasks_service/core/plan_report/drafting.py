"""Makes the report of a plan."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tasks_service.core.calendar import Calendar
from tasks_service.core.change import FieldChange, field_changes
from tasks_service.core.coming import SkippedFires, left_out
from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.job_calendars import calendars_of
from tasks_service.core.plan import Action, Delete, Pause, Plan, Resume
from tasks_service.core.plan_report.clock_dates import clock_dates
from tasks_service.core.plan_report.fire_change import AHEAD, fire_change
from tasks_service.core.plan_report.identity import fingerprint, state_digests
from tasks_service.core.plan_report.job_change import CALENDAR, JobChange
from tasks_service.core.plan_report.load import load
from tasks_service.core.plan_report.reasons import Causes, reason
from tasks_service.core.plan_report.report import CalendarLine, PlanReport
from tasks_service.core.plan_report.side import Side, count
from tasks_service.core.plan_report.today import today
from tasks_service.core.state import DesiredJob, LiveJob
from tasks_service.core.wording import describe

COMPARED = 100_000
"""The most fires that one report compares one by one."""
_SKIPS_AHEAD = timedelta(days=30)
_MOST_SKIPS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a plan was made from, as far as its report speaks of it."""

    at: datetime
    live: Mapping[str, LiveJob]
    """What it starts from, by ``job_uid``."""
    calendars_before: Mapping[str, Calendar] = field(default_factory=dict)
    """By key."""
    calendars_after: Mapping[str, Calendar] = field(default_factory=dict)
    causes: Causes = field(default_factory=Causes)
    compared_with: str = "the live jobs"
    """What it starts from, in words."""
    revision: str = ""
    """Of the manifests that are wanted."""
    problems: tuple[Diagnostic, ...] = ()
    failures: tuple[str, ...] = ()
    """Sources that could not be read, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """All that a plan does to one job, or all of it that is held for one reason."""

    job: DesiredJob | LiveJob
    """As it is wanted; of a deletion, as it is."""
    before: LiveJob | None
    actions: tuple[Action, ...]
    held: str
    calendar: str
    """Why its calendars are others, where nothing else happens to it."""
    old: Side | None
    new: Side | None


def draft(plan: Plan, seen: Circumstances) -> PlanReport:
    """The report of a plan. It changes nothing, and reads only what it is given."""
    cases = list(_cases(plan, seen))
    shares = _shares(cases, seen.at)
    result, calendars = _after_all(plan, seen)
    return PlanReport(
        at=seen.at,
        summary=plan.summary,
        plan_id=plan.plan_id,
        fingerprint=fingerprint(plan),
        compared_with=seen.compared_with,
        revision=seen.revision,
        base=state_digests(seen.live, seen.calendars_before),
        result=state_digests(result, calendars),
        jobs=tuple(_job_change(case, seen, share) for case, share in zip(cases, shares, strict=True)),
        calendars=tuple(
            CalendarLine(verb=c.verb, calendar_id=c.calendar_id, origin=str(c.origin), jobs=c.jobs, held=c.held)
            for c in plan.calendars
        ),
        problems=seen.problems,
        failures=seen.failures,
        load_before=load((_side(job, seen.calendars_before) for job in seen.live.values()), seen.at),
        load_after=load((_side(job, calendars) for job in result.values()), seen.at),
    )


def _cases(plan: Plan, seen: Circumstances) -> Iterator[_Case]:
    groups: dict[tuple[str, str], list[Action]] = {}
    for action, held in (*((a, "") for a in plan.actions), *((h.action, h.reason) for h in plan.held)):
        groups.setdefault((action.job.job_uid, held), []).append(action)
    for (uid, held), actions in groups.items():
        before = seen.live.get(uid)
        old = _side(before, seen.calendars_before) if before else None
        new = _after(actions, before, seen.calendars_after)
        job = actions[-1].job
        yield _Case(job=job, before=before, actions=tuple(actions), held=held, calendar="", old=old, new=new)
    told = {seen.live[uid].manifest.job_id for uid, held in groups if uid in seen.live and not held}
    yield from _calendar_cases(plan, seen, told)


def _calendar_cases(plan: Plan, seen: Circumstances, told: set[str]) -> Iterator[_Case]:
    """The jobs that stay as they are while a calendar of theirs changes."""
    live = {job.manifest.job_id: job for job in seen.live.values()}
    for change in plan.calendars:
        for job in (live[name] for name in change.jobs if name in live and name not in told):
            told.add(job.manifest.job_id)
            why = f"calendar {change.calendar_id} of {change.origin} changes"
            old, new = _side(job, seen.calendars_before), _side(job, seen.calendars_after)
            yield _Case(job=job, before=job, actions=(), held=change.held, calendar=why, old=old, new=new)


def _side(job: LiveJob, known: Mapping[str, Calendar]) -> Side:
    return Side(manifest=job.manifest, halted=job.halted, calendars=calendars_of(job.manifest.schedule, known))


def _after(actions: Sequence[Action], before: LiveJob | None, known: Mapping[str, Calendar]) -> Side | None:
    """What these actions alone make of a job."""
    if any(isinstance(action, Delete) for action in actions):
        return None
    job = actions[-1].job
    halts = before is None or any(isinstance(action, Pause | Resume) for action in actions)
    rewrites = before is None or any(not isinstance(action, Pause | Resume) for action in actions)
    manifest = job.manifest if rewrites or before is None else before.manifest
    halted = job.halted if halts or before is None else before.halted
    return Side(manifest=manifest, halted=halted, calendars=calendars_of(manifest.schedule, known))


def _after_all(plan: Plan, seen: Circumstances) -> tuple[dict[str, LiveJob], dict[str, Calendar]]:
    """All jobs and calendars with everything carried out that is not held."""
    jobs = dict(seen.live)
    for action in plan.actions:
        job = action.job
        if isinstance(action, Delete):
            jobs.pop(job.job_uid, None)
        else:
            jobs[job.job_uid] = LiveJob(
                job_uid=job.job_uid, manifest=job.manifest, origin=job.origin, halted=job.halted
            )
    calendars = dict(seen.calendars_before)
    for change in (change for change in plan.calendars if not change.held):
        if change.verb == "delete":
            calendars.pop(change.calendar.key, None)
        else:
            calendars[change.calendar.key] = change.calendar
    return jobs, calendars


def _shares(cases: Sequence[_Case], now: datetime) -> list[int]:
    """How many fires may be compared for each case: the rare jobs whole, the rest of them evenly."""
    needs = [count(case.old, now, now + AHEAD) + count(case.new, now, now + AHEAD) for case in cases]
    shares, left = [0] * len(cases), COMPARED
    for place, index in enumerate(sorted(range(len(cases)), key=needs.__getitem__)):
        shares[index] = min(needs[index], left // (len(cases) - place))
        left -= shares[index]
    return shares


def _job_change(case: _Case, seen: Circumstances, share: int) -> JobChange:
    old, new, now = case.old, case.new, seen.at
    skips = _skips(new, now)
    retimed = new is not None and not (old and old.runs_like(new))
    return JobChange(
        job_id=case.job.manifest.job_id,
        verbs=tuple(action.verb for action in case.actions) or (CALENDAR,),
        origin=str(case.job.origin),
        reasons=tuple(reason(a, case.before, seen.causes, now) for a in case.actions) or (case.calendar,),
        held=case.held,
        fields=tuple(_fields(case)),
        schedule_before=_words(old),
        schedule_after=_words(new),
        halted=bool(new and new.halted),
        fires=fire_change(old, new, now, now + AHEAD, share),
        today=today(old, new, now),
        clock_dates=clock_dates(new, now) if retimed else (),
        skips=skips[:_MOST_SKIPS],
        skips_left_out=max(0, len(skips) - _MOST_SKIPS),
    )


def _fields(case: _Case) -> Iterator[FieldChange]:
    if case.old is None or case.new is None or case.before is None or not case.actions:
        return
    yield from field_changes(case.old.manifest, case.new.manifest)
    before, after = case.before.origin, case.job.origin
    if (before.source, before.path) != (after.source, after.path):
        yield FieldChange(field="file", before=str(before), after=str(after))


def _words(side: Side | None) -> str:
    return describe(side.manifest.schedule) if side else ""


def _skips(side: Side | None, now: datetime) -> tuple[SkippedFires, ...]:
    if side is None or side.halted:
        return ()
    return left_out(side.manifest.schedule, side.calendars, now, now + _SKIPS_AHEAD)
