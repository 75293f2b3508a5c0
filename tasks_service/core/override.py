"""A human's decision beside the manifests: of which jobs, who, why, and until when."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from tasks_service.core.wording import in_utc


class OverrideKind(StrEnum):
    """What an override does to its jobs."""

    PAUSE = "pause"
    RESUME = "resume"
    """Runs although the manifest suspends the job; always with an end."""
    HOLD = "hold"
    """What files say of the job is not applied: the last applied manifest stays, and the job with it."""
    PIN = "pin"
    """An older manifest of the job is in force, the one of ``revision``; always with an end."""


class Reach(StrEnum):
    """How far an override reaches."""

    JOB = "job"
    LABELS = "labels"
    ALL = "all"


_NARROWEST_FIRST = tuple(Reach)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One override, in force or ended. All times are UTC."""

    override_id: int
    job_uid: str = ""
    """The one job that it concerns; empty where it reaches further."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Without a ``job_uid``: it concerns every job that has all these labels, now or later; none: every job."""
    kind: OverrideKind
    actor: str
    reason: str
    created_at: datetime
    until: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    """An actor, or ``expiry``."""
    revision: str = ""
    """Of a pin: what the jobs are pinned to."""
    as_of: datetime | None = None
    """Of a pin: the moment at which that revision was in force."""

    @property
    def reach(self) -> Reach:
        """How far it reaches."""
        if self.job_uid:
            return Reach.JOB
        return Reach.LABELS if self.labels else Reach.ALL

    @property
    def end(self) -> datetime | None:
        """When it stops or stopped to hold, as far as that is known."""
        ends = [moment for moment in (self.until, self.ended_at) if moment]
        return min(ends) if ends else None

    @property
    def told(self) -> str:
        """By whom, until when and why, as in ``by ann until 2026-01-31 18:00 UTC: vendor outage``."""
        wide = "" if self.reach is Reach.JOB else f" for {scope_words(self.labels)}"
        until = f" until {in_utc(self.until)}" if self.until else ""
        return f"by {self.actor}{wide}{until}" + (f": {self.reason}" if self.reason else "")

    @property
    def words(self) -> str:
        """What it does, by whom, until when and why, as in ``held by ann until 2026-01-31 18:00 UTC: outage``."""
        return {
            OverrideKind.PAUSE: f"paused {self.told}",
            OverrideKind.RESUME: f"resumed against its manifest {self.told}",
            OverrideKind.HOLD: f"held {self.told}",
            OverrideKind.PIN: f"pinned to {self.revision[:12]} {self.told}",
        }[self.kind]

    def holds_at(self, moment: datetime) -> bool:
        """Whether it was in force at that moment."""
        return self.created_at <= moment and (self.end is None or moment < self.end)

    def covers(self, job_uid: str, labels: Mapping[str, str]) -> bool:
        """Whether it concerns that job."""
        if self.job_uid:
            return self.job_uid == job_uid
        return all(labels.get(name) == value for name, value in self.labels.items())

    def overdue(self, moment: datetime, allowed: timedelta) -> bool:
        """Whether it is older than an override should become."""
        return moment - self.created_at > allowed

    def why_debt(self, moment: datetime, allowed: timedelta) -> str:
        """Why it is override debt, something that belongs into a manifest by now; empty where it is none."""
        if self.overdue(moment, allowed):
            return f"it is older than {allowed.days} days"
        return "" if self.reason.strip() else "it has no reason"


def scope_words(labels: Mapping[str, str]) -> str:
    """What an override that is not about one job is about, in words."""
    if not labels:
        return "all jobs"
    return f"jobs with {', '.join(f'{name}={value}' for name, value in sorted(labels.items()))}"


@dataclass(frozen=True, slots=True)
class OverrideSet:
    """Overrides of any reach, to be asked job by job."""

    items: tuple[Override, ...] = ()

    def __iter__(self) -> Iterator[Override]:
        return iter(self.items)

    def of(self, job_uid: str, labels: Mapping[str, str]) -> list[Override]:
        """Those that concern a job."""
        return [override for override in self.items if override.covers(job_uid, labels)]


def in_force(overrides: Iterable[Override], kind: OverrideKind, moment: datetime) -> Override | None:
    """The override of that kind that holds at that moment; of several, the narrowest, then the oldest."""
    holding = [o for o in overrides if o.kind is kind and o.holds_at(moment)]
    return min(holding, key=lambda o: (_NARROWEST_FIRST.index(o.reach), o.created_at), default=None)
