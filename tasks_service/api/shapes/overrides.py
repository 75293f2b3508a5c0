"""Overrides as JSON."""

from datetime import datetime
from typing import Any, Self

from tasks_service.api.shapes.base import Moment, Shape
from tasks_service.control.views import AdoptionView, OverrideView, WideAnswer
from tasks_service.core.override import Override, OverrideKind, Reach, scope_words


class ScopeShape(Shape):
    """What an override is about: one of the three has a value."""

    all: bool
    """Every job, now or later."""
    labels: dict[str, str]
    """Every job that has all these labels, now or later."""
    job_id: str
    words: str


class OverrideShape(Shape):
    """What a person decided about jobs, beside the manifests."""

    override_id: int
    kind: OverrideKind
    scope: ScopeShape
    actor: str
    reason: str
    created_at: Moment
    age_seconds: float
    until: Moment | None
    expires_in: float | None
    """Seconds until it ends by itself; null where it does not, or where it has ended."""
    revision: str
    """What a pin is pinned to; else empty."""
    ended_at: Moment | None
    ended_by: str

    @classmethod
    def of(cls, override: Override, job_id: str, at: datetime) -> Self:
        """An override as it stands at a moment; ``job_id`` is the job that it is seen from."""
        return cls(**_fields(override, job_id, at))


class StandingOverrideShape(OverrideShape):
    """An override in the list of all that is in force."""

    job_id: str
    """The one job that it is about; empty where it reaches further."""
    jobs: int
    """How many jobs it concerns now."""
    debt: str
    """Why it is override debt; empty where it is none."""

    @classmethod
    def standing(cls, view: OverrideView) -> Self:
        """An override of the desk."""
        fields = _fields(view.override, view.job_id, view.at)
        return cls(**fields, job_id=view.job_id, jobs=view.jobs, debt=view.debt)


class WideAnswerShape(Shape):
    """What was done to an override, or would be done with ``dry_run``."""

    message: str
    changed: bool
    dry_run: bool
    override: StandingOverrideShape

    @classmethod
    def of(cls, answer: WideAnswer, done: str) -> Self:
        """The answer of the override desk; ``done`` is such as ``paused``."""
        verb = "would be" if answer.dry_run else "was" if answer.changed else "was already"
        view = answer.view
        whom = view.job_id or scope_words(view.override.labels)
        return cls(
            message=f"{whom}: {view.override.kind.value} {verb} {done}",
            changed=answer.changed,
            dry_run=answer.dry_run,
            override=StandingOverrideShape.standing(view),
        )


class AdoptionShape(Shape):
    """An override as a change of the file that defines the job."""

    job_id: str
    path: str
    """The file, below the root of its source."""
    line: int
    """Where the document of the job begins."""
    patch: str
    """A unified diff for ``patch -p1`` or ``git apply``; empty where the file says it already."""
    text: str
    """The whole file with the change."""
    words: str
    """What the change does."""

    @classmethod
    def of(cls, view: AdoptionView) -> Self:
        """An adoption of the adoption desk."""
        return cls(
            job_id=view.job_id, path=view.path, line=view.line, patch=view.patch, text=view.text, words=view.words
        )


def _fields(override: Override, job_id: str, at: datetime) -> dict[str, Any]:
    own = override.reach is Reach.JOB
    return {
        "override_id": override.override_id,
        "kind": override.kind,
        "scope": ScopeShape(
            all=override.reach is Reach.ALL,
            labels=dict(override.labels),
            job_id=job_id if own else "",
            words=job_id if own else scope_words(override.labels),
        ),
        "actor": override.actor,
        "reason": override.reason,
        "created_at": override.created_at,
        "age_seconds": max(0.0, (at - override.created_at).total_seconds()),
        "until": override.until,
        "expires_in": _left(override, at),
        "revision": override.revision,
        "ended_at": override.ended_at,
        "ended_by": override.ended_by,
    }


def _left(override: Override, at: datetime) -> float | None:
    if override.until is None or override.ended_at is not None:
        return None
    return max(0.0, (override.until - at).total_seconds())
