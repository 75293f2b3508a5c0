"""Syncs and sources as JSON."""

from collections.abc import Iterable
from typing import Self

from tasks_service.api.shapes.base import Moment, Shape
from tasks_service.api.shapes.findings import StandingFindingShape
from tasks_service.control.views import SyncView
from tasks_service.core.commit import Commit
from tasks_service.core.stores import PlannedAction, SourceCommit, SourceState, SyncRecord


class RevisionShape(Shape):
    """A state of a source; with a commit's author, message and time where it is one."""

    revision: str
    """Empty where there was none yet."""
    author: str = ""
    message: str = ""
    at: Moment | None = None

    @classmethod
    def of(cls, revision: str, commits: Iterable[Commit]) -> Self:
        """A revision, and what is known of it."""
        commit = next((c for c in commits if c.sha == revision), None)
        if commit is None:
            return cls(revision=revision)
        return cls(revision=revision, author=commit.author, message=commit.message, at=commit.at)


class CommitShape(Shape):
    """The commit that a source showed."""

    source: str
    revision: str
    author: str
    message: str
    at: Moment

    @classmethod
    def of(cls, seen: SourceCommit) -> Self:
        """A commit of a recorded sync."""
        commit = seen.commit
        return cls(source=seen.source, revision=commit.sha, author=commit.author, message=commit.message, at=commit.at)


class SourceShape(Shape):
    """What is known of a source of manifests."""

    name: str
    observed: RevisionShape
    """What was seen last, taken or not."""
    attempted: RevisionShape
    """Whose content was last taken."""
    applied: RevisionShape
    """What was last applied without rest."""
    read_at: Moment | None
    failure: str
    """Why the latest reading failed or is not taken; empty where neither is so."""
    held: bool
    """It was read, and waits until its observed revision is confirmed or another one follows."""
    trouble: str
    """Why the remote did not answer since ``read_at``; empty where it did."""
    files: int

    @classmethod
    def of(cls, source: SourceState) -> Self:
        """A source of the sync store."""
        return cls(
            name=source.name,
            observed=RevisionShape.of(source.observed, source.commits),
            attempted=RevisionShape.of(source.attempted, source.commits),
            applied=RevisionShape.of(source.applied, source.commits),
            read_at=source.read_at,
            failure=source.failure,
            held=source.held,
            trouble=source.trouble,
            files=source.files,
        )


class PlannedActionShape(Shape):
    """One action of a plan; ``held`` says why a guard keeps it back."""

    verb: str
    job_id: str
    origin: str
    changed: list[str]
    held: str
    asks: bool
    """Whether it is carried out once a person confirms the plan."""
    since: Moment | None
    """Since when it waits; null where it was applied."""
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
            asks=action.asks,
            since=action.since,
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
    """What a confirmation names; empty where guards ask about nothing."""
    summary: str
    actions: list[PlannedActionShape]
    commits: list[CommitShape]
    """What was looked at, where the sources are git repositories."""
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
            commits=[CommitShape.of(seen) for seen in record.commits],
            repeated=record.repeated,
        )


class SyncShape(Shape):
    """Whether the live state follows the sources, and what stands in the way."""

    status: str
    """``Synced``, ``OutOfSync``, ``Invalid``, ``Blocked``, ``Orphaned`` or ``Unknown``."""
    reason: str
    revision: str
    plan_id: str
    """What a confirmation names: the id of what guards ask about, empty where they ask about nothing."""
    held: list[PlannedActionShape]
    """What waits now, and why."""
    last: SyncRecordShape | None
    """The newest distinct result."""
    sources: list[SourceShape]
    problems: list[StandingFindingShape]

    @classmethod
    def of(cls, view: SyncView) -> Self:
        """The sync of the status desk."""
        return cls(
            status=view.status,
            reason=view.reason,
            revision=view.revision,
            plan_id=view.plan_id,
            held=[PlannedActionShape.of(action) for action in view.held],
            last=SyncRecordShape.of(view.last) if view.last else None,
            sources=[SourceShape.of(source) for source in view.sources],
            problems=[StandingFindingShape.standing(problem) for problem in view.problems],
        )
