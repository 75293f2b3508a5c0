"""What was: the versions of a job's manifest, who led, and which processes there were. All times are UTC."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tasks_service.core.manifest import JobManifest
from tasks_service.core.state import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class JobVersion:
    """A job's manifest as it was applied once, and for how long it was in force."""

    job_uid: str
    manifest: JobManifest
    origin: Origin
    revision: str
    author: str
    """Who made the revision, or asked the API for it; empty where the source does not know."""
    applied_at: datetime
    ended_at: datetime | None = None
    """When another version replaced it, or the job was deleted."""
    deleted: bool = False
    """Whether it ended because the job was deleted."""
    created: bool = False
    """Whether the job came to be with it, or came back; else it replaced another version, known or not."""

    def governs(self, slot: datetime) -> bool:
        """Whether a fire due at that moment was its to decide: a change settles what is due up to its own moment with
        the version that it replaces."""
        return self.applied_at < slot and (self.ended_at is None or slot <= self.ended_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedRevision:
    """A revision of the files with which jobs changed."""

    revision: str
    applied_at: datetime
    """When it was first applied."""
    jobs: int
    """How many versions of jobs came with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The versions of a job around a moment."""

    before: JobVersion | None = None
    """The one before ``present``; without that one, the last that ended before the moment."""
    present: JobVersion | None = None
    """The one that governed a fire at that moment."""
    after: JobVersion | None = None
    """The first that was applied then or later."""


class LeadEnding(StrEnum):
    """How the lead of a process ended."""

    RELEASED = "released"
    """It gave the lead back."""
    EXPIRED = "expired"
    """It did not renew its lease in time."""
    DIED = "died"
    """Another process of its host saw that it was gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leadership:
    """A time in which one process led without a break, on the database's clock."""

    term: int
    owner: str
    node: str
    pid: int
    since: datetime
    until: datetime
    """When it ended; while it lasts, when the lease was last renewed. Of one that did not end in order, this is its
    last renewal, too."""
    ending: LeadEnding | None = None
    """None while it lasts, as far as the database knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Who led around a moment."""

    before: Leadership | None = None
    """The last that began up to then."""
    after: Leadership | None = None
    """The first that began later."""


class Leaving(StrEnum):
    """How a process stopped to be a member."""

    LEFT = "left"
    DIED = "died"
    """It fell silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """A process of the service, from its first to its last sign of life, on the database's clock."""

    owner: str
    node: str
    pid: int
    role: str
    """``replica`` or ``worker``."""
    joined_at: datetime
    seen_at: datetime
    """Its last sign of life."""
    ending: Leaving | None = None
    """None while it is a member, as far as anybody knows."""
