"""The second ledger: claims, cursor and recent runs of the jobs whose manifest says ``store: redis``."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tasks_service.core.backfill import Reclaim
from tasks_service.core.run import Run, RunResult
from tasks_service.core.settlement import LedgerFacts, Settlement
from tasks_service.core.state import InventoryJob
from tasks_service.core.stores.lease import Fence
from tasks_service.core.stores.ledger import Started


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreState:
    """A job store as people are told of it."""

    name: str
    """As in the manifest's ``store``, or the kind of database."""
    trouble: str = ""
    """Why it does not answer; empty where it does."""
    since: datetime | None = None
    """When the trouble began."""
    warnings: tuple[str, ...] = ()
    """What should worry whoever runs it although it answers."""


class SecondLedger(Protocol):
    """A ledger beside the database. What it keeps is folded into the database, where all lists are read.

    Where it does not answer, every method but ``state`` raises ``SecondStoreUnavailable``, within a second or two the
    first time and at once from then on. Methods of the same name do what those of ``Ledger`` do.
    """

    def settle(self, job_uids: Sequence[str], decide: Callable[[LedgerFacts], Settlement], at: datetime) -> list[Run]:
        """Claim. Jobs that are not kept here, or that nobody has opened here yet, are passed over."""
        ...

    def enqueue_manual(
        self, job: InventoryJob, run_id: str, parameters: Mapping[str, Any], actor: str, reason: str, at: datetime
    ) -> Run:
        """Queue a run that a person asked for; ``Conflict`` while the job is not open here."""
        ...

    def reclaim(self, job: InventoryJob, slots: Sequence[datetime], how: Reclaim, at: datetime) -> list[Run]:
        """Queue runs for slots whose time is over."""
        ...

    def ready(self, now: datetime, limit: int, sent_before: datetime | None = None) -> list[Run]:
        """Queued runs whose ``not_before`` has come."""
        ...

    def sent(self, run_ids: Sequence[str], at: datetime) -> None:
        """Note that queued runs were sent to workers."""
        ...

    def next_ready(self, after: datetime) -> datetime | None:
        """The earliest ``not_before`` of a queued run that lies after that moment."""
        ...

    def start(self, run_id: str, owner: str, node: str, at: datetime) -> Started | None:
        """Compare-and-set ``queued`` → ``running``."""
        ...

    def finish(
        self, result: RunResult, owner: str, at: datetime, retry_at: datetime | None = None, reason: str = ""
    ) -> Run | None:
        """Compare-and-set ``running`` of that owner → a final state."""
        ...

    def orphans(self, owners: Collection[str]) -> list[Run]:
        """Runs that are ``running`` and belong to none of these."""
        ...

    def cancel_queued(self, run_id: str, actor: str, reason: str, at: datetime) -> bool:
        """Compare-and-set ``queued`` → ``cancelled``."""
        ...

    def request_cancel(self, run_id: str, actor: str, reason: str) -> bool:
        """Ask the owner of a running run to end it."""
        ...

    def running_of(self, owner: str) -> list[Run]:
        """The owner's running runs."""
        ...

    def run(self, run_id: str) -> Run | None:
        """One run, if it is not folded for good."""
        ...

    def holds(self, run_id: str) -> bool:
        """Whether the run is kept here."""
        ...

    def fold(self) -> None:
        """Fold all that changed."""
        ...

    def changing(self) -> AbstractContextManager[None]:
        """The inventory changes inside this block: nobody else of this process opens or releases jobs, and ``tend`` is
        due at its end."""
        ...

    def release(self, job_uids: Sequence[str]) -> None:
        """Claim nothing for these jobs any more, and fold what was claimed; only ``tend`` opens them again."""
        ...

    def tend(self, at: datetime) -> None:
        """Open and drop jobs as the inventory says, once per connection and whenever that is due.

        Runs of deleted jobs that are still queued end ``cancelled`` at that moment.
        """
        ...

    def returned(self) -> bool:
        """Whether jobs may have waited since this was last asked: it was away, or it lost its memory."""
        ...

    def state(self) -> StoreState:
        """How it is doing; asks nobody."""
        ...

    def behind(self, fence: Fence) -> "SecondLedger":
        """The same as a leader's: a write raises ``LeadLost`` once a later leader has written."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...
