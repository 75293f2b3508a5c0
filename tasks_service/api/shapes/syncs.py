"""Syncs and sources as JSON."""

from typing import Self

from tasks_service.api.shapes.base import Moment, Shape
from tasks_service.api.shapes.findings import StandingFindingShape
from tasks_service.control.views import SyncView
from tasks_service.core.stores import PlannedAction, SourceState, SyncRecord


class SourceShape(Shape):
    """What is known of a source of manifests."""

    name: str
    observed: str
    """The revision that was read last."""
    applied: str
    """The revision that was last applied without rest."""
    read_at: Moment | None
    failure: str
    """Why the latest reading failed; empty where it did not."""
    files: int

    @classmethod
    def of(cls, source: SourceState) -> Self:
        """A source of the sync store."""
        return cls(
            name=source.name,
            observed=source.observed,
            applied=source.applied,
            read_at=source.read_at,
            failure=source.failure,
            files=source.files,
        )


class PlannedActionShape(Shape):
    """One action of a plan; ``held`` says why a guard keeps it back."""

    verb: str
    job_id: str
    origin: str
    changed: list[str]
    held: str
    calendar_id: str
    """The calendar that it changes; then ``job_id`` is empty."""
    jobs: list[str]
    """The jobs that refer to that calendar."""
    before: str
    """The former name of a job that is renamed; else empty."""

    @classmethod
    def of(cls, action: PlannedAction) -> Self:
        """An action of a recorded sync."""
        return cls(
            verb=action.verb,
            job_id=action.job_id,
            origin=action.origin,
            changed=list(action.changed),
            held=action.held,
            calendar_id=action.calendar_id,
            jobs=list(action.jobs),
            before=action.before,
        )


class SyncRecordShape(Shape):
    """The result of a sync; equal results share one record."""

    sync_id: int
    at: Moment
    last_at: Moment
    revision: str
    status: str
    reason: str
    plan_id: str
    summary: str
    actions: list[PlannedActionShape]
    repeated: int

    @classmethod
    def of(cls, record: SyncRecord) -> Self:
        """A record of the sync store."""
        return cls(
            sync_id=record.sync_id,
            at=record.at,
            last_at=record.last_at,
            revision=record.revision,
            status=record.status,
            reason=record.reason,
            plan_id=record.plan_id,
            summary=record.summary,
            actions=[PlannedActionShape.of(action) for action in record.actions],
            repeated=record.repeated,
        )


class SyncShape(Shape):
    """Whether the live state follows the sources, and what stands in the way."""

    status: str
    """``Synced``, ``OutOfSync``, ``Invalid``, ``Blocked``, ``Orphaned`` or ``Unknown``."""
    reason: str
    revision: str
    last: SyncRecordShape | None
    sources: list[SourceShape]
    problems: list[StandingFindingShape]

    @classmethod
    def of(cls, view: SyncView) -> Self:
        """The sync of the status desk."""
        return cls(
            status=view.status,
            reason=view.reason,
            revision=view.revision,
            last=SyncRecordShape.of(view.last) if view.last else None,
            sources=[SourceShape.of(source) for source in view.sources],
            problems=[StandingFindingShape.standing(problem) for problem in view.problems],
        )
