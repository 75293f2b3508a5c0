"""Who takes part: the processes that serve or carry out runs, and the bells by which they wake each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from tasks_service.core.history import Leaving


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A process of the service, as it told of itself. ``role`` is ``replica`` or ``worker``."""

    owner: str
    node: str
    pid: int
    pid_started: float
    role: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What people may want to know of it, such as its sandbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What the others know of a member. Times are on the database's clock."""

    member: Member
    joined_at: datetime
    seen_at: datetime
    beats: int
    """Grows with every sign of life."""


class MemberStore(Protocol):
    """The members, each alive as long as its beats go on."""

    def beat(self, member: Member) -> None:
        """Join, or give a sign of life."""
        ...

    def leave(self, owner: str, how: Leaving = Leaving.LEFT) -> None:
        """Be a member no longer; for one that is known to be dead, too. Its row stays as history."""
        ...

    def all(self) -> list[Sighting]:
        """The members, the oldest first."""
        ...


class BellStore(Protocol):
    """Counters by which any process wakes the loops of the one that leads."""

    def ring(self, name: str) -> None:
        """Count one more."""
        ...

    def rung(self) -> dict[str, int]:
        """How often each bell was rung."""
        ...
