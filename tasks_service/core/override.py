"""A human's decision beside the manifests: who, why, and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class OverrideKind(StrEnum):
    """What an override does to its job."""

    PAUSE = "pause"
    RESUME = "resume"
    """Runs although the manifest suspends the job; always with an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One override, in force or ended. All times are UTC."""

    override_id: int
    job_uid: str
    kind: OverrideKind
    actor: str
    reason: str
    created_at: datetime
    until: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    """An actor, or ``expiry``."""

    @property
    def end(self) -> datetime | None:
        """When it stops or stopped to hold, as far as that is known."""
        ends = [moment for moment in (self.until, self.ended_at) if moment]
        return min(ends) if ends else None

    def holds_at(self, moment: datetime) -> bool:
        """Whether it was in force at that moment."""
        return self.created_at <= moment and (self.end is None or moment < self.end)


def in_force(overrides: Iterable[Override], kind: OverrideKind, moment: datetime) -> Override | None:
    """The override of that kind that holds at that moment; of several, the oldest."""
    holding = [o for o in overrides if o.kind is kind and o.holds_at(moment)]
    return min(holding, key=lambda o: o.created_at, default=None)
