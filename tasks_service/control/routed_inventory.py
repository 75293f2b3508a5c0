"""The routed inventory: opens jobs in the second ledger and takes them out of it as they are applied."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from tasks_service.control.routed_ledger import SECOND
from tasks_service.core.errors import SecondStoreUnavailable
from tasks_service.core.plan import Action, Create, Delete, Update
from tasks_service.core.state import InventoryJob
from tasks_service.core.stores import InventoryStore, SecondLedger


class RoutedInventory:
    """Implements ``InventoryStore``."""

    def __init__(self, first: InventoryStore, second: SecondLedger) -> None:
        self._first = first
        self._second = second

    def jobs(self, *, tombstones_since: datetime | None = None) -> list[InventoryJob]:
        """The live jobs, their cursors up to date where the second ledger answers."""
        self._fold()
        return self._first.jobs(tombstones_since=tombstones_since)

    def find(self, job_id: str) -> InventoryJob | None:
        """A live job by its id, ignoring case."""
        self._fold()
        return self._first.find(job_id)

    def of(self, job_uids: Collection[str]) -> dict[str, InventoryJob]:
        """Those of these jobs that are alive, by uid."""
        self._fold()
        return self._first.of(job_uids)

    def refresh_digests(self) -> int:
        """Bring the recorded digests of the live jobs up to date; returns how many were not."""
        return self._first.refresh_digests()

    def apply(self, actions: Sequence[Action], at: datetime, next_due: Mapping[str, datetime | None]) -> None:
        """Record actions; a job that leaves the second ledger is first taken out of it.

        Only once Redis claims nothing more for such a job, and all it claimed is folded, may the database claim for
        it. Raises ``SecondStoreUnavailable`` where that cannot be had now.
        """
        concerned = [action for action in actions if _concerned(action)]
        if not concerned:
            self._first.apply(actions, at, next_due)
            return
        with self._second.changing():
            if any(not isinstance(action, Create) for action in concerned):
                self._second.release([action.job.job_uid for action in concerned if _leaves(action)])
            self._first.apply(actions, at, next_due)
            with suppress(SecondStoreUnavailable):
                self._second.tend(at)

    def _fold(self) -> None:
        with suppress(SecondStoreUnavailable):
            self._second.fold()


def _concerned(action: Action) -> bool:
    before = action.before.manifest.store if isinstance(action, Update) else ""
    return SECOND in (before, action.job.manifest.store)


def _leaves(action: Action) -> bool:
    if isinstance(action, Update):
        return action.before.manifest.store == SECOND != action.job.manifest.store
    return isinstance(action, Delete)
