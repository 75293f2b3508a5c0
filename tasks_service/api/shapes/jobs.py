"""Jobs as JSON, and the answers to what is done to them."""

from typing import Any, Self

from tasks_service.api.shapes.alarms import AlarmShape, ExpectedShape, HealthDetailShape
from tasks_service.api.shapes.base import Json, Moment, Shape
from tasks_service.api.shapes.behind import BehindShape
from tasks_service.api.shapes.findings import FindingShape, StandingFindingShape
from tasks_service.api.shapes.history import BlameShape
from tasks_service.api.shapes.overrides import OverrideShape
from tasks_service.api.shapes.preflights import PreflightShape
from tasks_service.api.shapes.runs import DurationsShape, RunShape
from tasks_service.control.views import JobView, OverrideAnswer, Verdict
from tasks_service.core.diagnostics import errors
from tasks_service.core.override import Override


class JobShape(Shape):
    """A job as it is now: its definition, its three states, and its last run."""

    id: str
    job_id: str
    name: str
    job_type: str
    job_type_title: str
    description: str
    owner: str
    labels: dict[str, str]
    schedule: Json
    trigger: str
    """``cron``, ``interval`` or ``date``."""
    schedule_words: str
    skip_during: list[str]
    """Calendars: a fire inside one of their entries is skipped."""
    only_during: list[str]
    """Calendars: a fire outside all of their entries is skipped."""
    parameters: Json
    policy: Json
    expect: Json
    suspend: bool
    suspend_reason: str
    previous_ids: list[str]
    """Its earlier names."""
    paused: bool
    next_run_time: Moment | None
    """The next fire that really runs: one that a calendar leaves out does not count."""
    sync: str
    """``Synced``, ``OutOfSync``, ``Invalid``, ``Blocked``, ``Orphaned`` or ``Unknown``."""
    sync_reason: str
    behind: BehindShape | None
    """How far what runs is behind what its source shows; null where it is not, or where that is not known."""
    activity: str
    """``Active``, ``Suspended``, ``Paused``, ``Exhausted`` or ``Terminating``."""
    activity_reason: str
    health: str
    """``Healthy``, ``Running``, ``Late``, ``Missed``, ``Failing``, ``Overrunning``, ``Lost`` or ``NeverRan``."""
    health_reason: str
    health_detail: HealthDetailShape
    expected: ExpectedShape
    """What its alarms are judged by: what ``expect`` says, and what is derived where it says nothing."""
    durations: DurationsShape | None
    """How long its newest runs took; null where none has succeeded. In lists only the newest 20 runs are looked at."""
    alarms: list[AlarmShape]
    """The open ones."""
    preflight: PreflightShape | None
    """Whether a run would be able to work, as it was found last; null where nobody has looked yet."""
    override: OverrideShape | None
    """The pause or the forced resume in force."""
    kept: OverrideShape | None
    """The hold or the pin in force."""
    last_run: RunShape | None
    blame: BlameShape | None
    """The change with which it began to fail; null where it does not fail, or the change is not known."""
    origin: str
    """The source that holds it; ``api`` for jobs created by REST."""
    file: str | None
    line: int | None
    revision: str
    digest: str
    applied_at: Moment | None
    version: int | None
    """Counts the edits of a job that the API owns; its ETag."""
    problems: list[StandingFindingShape]
    """What is wrong in its file."""

    @classmethod
    def of(cls, view: JobView) -> Self:
        """A job of the catalog."""
        return cls(**_definition(view), **_state(view))


class DeletedJobShape(JobShape):
    """A job as it was when it was deleted."""

    message: str

    @classmethod
    def of(cls, view: JobView) -> Self:
        """The job that was deleted."""
        return cls(**_definition(view), **_state(view), message=f"job {view.job_id} was deleted")


class OverrideAnswerShape(Shape):
    """What an override did, or would do with ``dry_run``."""

    message: str
    job_id: str
    changed: bool
    dry_run: bool
    override: OverrideShape | None
    next_fire: Moment | None
    skipped: list[Moment]
    """Fires of the next seven days that are skipped while the pause holds; at most 20."""
    caught_up: list[Moment]
    """Fires of the paused time that are caught up."""
    job: JobShape

    @classmethod
    def of(cls, answer: OverrideAnswer, done: str) -> Self:
        """The answer of the override desk; ``done`` is such as ``paused``."""
        verb = "would be" if answer.dry_run else "was" if answer.changed else "was already"
        return cls(
            message=f"job {answer.job.job_id} {verb} {done}",
            job_id=answer.job.job_id,
            changed=answer.changed,
            dry_run=answer.dry_run,
            override=_override(answer.override, answer.job),
            next_fire=answer.next_fire,
            skipped=list(answer.skipped),
            caught_up=list(answer.caught_up),
            job=JobShape.of(answer.job),
        )


class VerdictShape(Shape):
    """What validation says of a draft."""

    valid: bool
    problems: list[FindingShape]
    manifest: Json | None
    """The checked document with its defaults; null where it is not valid, or where a text holds several."""
    yaml: str

    @classmethod
    def of(cls, verdict: Verdict) -> Self:
        """The verdict of the definitions desk."""
        return cls(
            valid=not errors(verdict.problems),
            problems=[FindingShape.of(found) for found in verdict.problems],
            manifest=verdict.manifest.given() if verdict.manifest else None,
            yaml=verdict.yaml,
        )


def _definition(view: JobView) -> dict[str, Any]:
    manifest = view.manifest
    given = manifest.given()
    return {
        "id": view.job_id,
        "job_id": view.job_id,
        "name": view.job_id,
        "job_type": manifest.job_type,
        "job_type_title": view.type_title,
        "description": manifest.description,
        "owner": manifest.owner,
        "labels": manifest.labels,
        "schedule": given["schedule"],
        "trigger": manifest.schedule.trigger,
        "schedule_words": view.schedule_words,
        "skip_during": list(manifest.schedule.skip_during),
        "only_during": list(manifest.schedule.only_during),
        "parameters": given["parameters"],
        "policy": given["policy"],
        "expect": given["expect"],
        "suspend": manifest.suspend,
        "suspend_reason": manifest.suspend_reason,
        "previous_ids": list(manifest.previous_ids),
        "origin": view.origin.source,
        "file": None if view.origin.by_api else view.origin.path,
        "line": view.origin.line or None,
        "digest": manifest.digest,
    }


def _state(view: JobView) -> dict[str, Any]:
    return {
        "paused": view.paused,
        "next_run_time": view.next_run_time,
        "sync": view.sync.state,
        "sync_reason": view.sync.told,
        "behind": BehindShape.of(view.sync.lag) if view.sync.lag else None,
        "activity": view.activity.state,
        "activity_reason": view.activity.reason,
        "health": view.health.state,
        "health_reason": view.health.reason,
        "health_detail": HealthDetailShape.of(view.health),
        "expected": ExpectedShape.of(view.expected),
        "durations": DurationsShape.of(view.durations) if view.durations else None,
        "alarms": [AlarmShape.of(alarm) for alarm in view.alarms],
        "preflight": PreflightShape.of(view.preflight, view.manifest.digest) if view.preflight else None,
        "override": _override(view.override, view),
        "kept": _override(view.kept, view),
        "last_run": RunShape.of(view.last_run, view.durations, view.at) if view.last_run else None,
        "blame": BlameShape.of(view.blame) if view.blame else None,
        "revision": view.revision,
        "applied_at": view.applied_at,
        "version": view.version,
        "problems": [StandingFindingShape.standing(problem) for problem in view.problems],
    }


def _override(override: Override | None, view: JobView) -> OverrideShape | None:
    return OverrideShape.of(override, view.job_id, view.at) if override else None
