"""Who leads."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who leads. ``term`` grows with every change of leader."""

    owner: str
    node: str
    pid: int
    pid_started: float
    term: int
    acquired_at: datetime
    expires_at: datetime


class Fence:
    """The permission to write as the leader: the lease that this process holds, or none.

    Set by the loop that holds the lease, read by every write of the others: a leader that was stopped for long finds
    its term over in the very transaction in which it wants to act.
    """

    def __init__(self) -> None:
        self.lease: Lease | None = None


class LeaseStore(Protocol):
    """The one lease of the service, on the database's clock."""

    def acquire(self, owner: str, node: str, pid: int, pid_started: float, seconds: float) -> Lease | None:
        """Take a free or expired lease with the next term, or renew one's own; None where another holds it."""
        ...

    def holder(self) -> Lease | None:
        """Who holds it, expired or not."""
        ...

    def release(self, owner: str) -> None:
        """Give it back, if it is ours."""
        ...

    def evict(self, owner: str, term: int) -> None:
        """Expire the lease of a holder that is known to be dead."""
        ...
