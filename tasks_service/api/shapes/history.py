"""What was, as JSON: versions of a manifest, what they changed, who led, and which processes there were."""

from typing import Self

from tasks_service.api.shapes.base import Json, Moment, Shape
from tasks_service.core.blame import Blame
from tasks_service.core.change import FieldChange
from tasks_service.core.history import JobVersion, LeadEnding, Leadership, Leaving, Presence


class FieldChangeShape(Shape):
    """A field that differs between two versions; the values as JSON for reading, empty where there is none."""

    field: str
    before: str
    after: str

    @classmethod
    def of(cls, change: FieldChange) -> Self:
        """A change of the core."""
        return cls(field=change.field, before=change.before, after=change.after)


class VersionShape(Shape):
    """A manifest as it was applied once."""

    digest: str
    revision: str
    author: str
    """Who made the revision, or asked the API for it; empty where that is not known."""
    origin: str
    """The source that held it; ``api`` for jobs created by REST."""
    file: str | None
    line: int | None
    applied_at: Moment
    ended_at: Moment | None
    deleted: bool
    """Whether it ended because the job was deleted."""
    manifest: Json

    @classmethod
    def of(cls, version: JobVersion) -> Self:
        """A version of the history."""
        origin = version.origin
        return cls(
            digest=version.manifest.digest,
            revision=version.revision,
            author=version.author,
            origin=origin.source,
            file=None if origin.by_api else origin.path,
            line=origin.line or None,
            applied_at=version.applied_at,
            ended_at=version.ended_at,
            deleted=version.deleted,
            manifest=version.manifest.given(),
        )


class BlameShape(Shape):
    """A change after which a job failed and has not succeeded since."""

    revision: str
    author: str
    origin: str
    file: str | None
    line: int | None
    digest: str
    applied_at: Moment
    changes: list[FieldChangeShape]
    """What differs from the version that last succeeded."""
    first_failure: str
    """The id of the run that failed first."""
    last_success: str

    @classmethod
    def of(cls, blame: Blame) -> Self:
        """The blame of a failing job."""
        told = VersionShape.of(blame.version)
        return cls(
            **{name: getattr(told, name) for name in cls.model_fields if name in VersionShape.model_fields},
            changes=[FieldChangeShape.of(change) for change in blame.changes],
            first_failure=blame.failure.run_id,
            last_success=blame.success.run_id,
        )


class LeadershipShape(Shape):
    """A time in which one process led without a break."""

    term: int
    node: str
    pid: int
    since: Moment
    until: Moment
    """Its end; while it lasts, and where it did not end in order, the last renewal of its lease."""
    ending: LeadEnding | None
    """Null while it lasts."""

    @classmethod
    def of(cls, lead: Leadership | None) -> Self | None:
        """A leadership of the history, if there is one."""
        return cls(**{name: getattr(lead, name) for name in cls.model_fields}) if lead else None


class PresenceShape(Shape):
    """A process of the service."""

    node: str
    pid: int
    role: str
    joined_at: Moment
    seen_at: Moment
    """Its last sign of life."""
    ending: Leaving | None

    @classmethod
    def of(cls, presence: Presence) -> Self:
        """A process of the history."""
        return cls(**{name: getattr(presence, name) for name in cls.model_fields})
