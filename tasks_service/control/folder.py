"""The folder: the leader's care for the second ledger. It folds, and sees to the jobs that waited."""

from collections.abc import Callable

from tasks_service.control.roster import Roster
from tasks_service.control.routed_ledger import SECOND
from tasks_service.core.errors import SecondStoreUnavailable
from tasks_service.core.ports import Clock
from tasks_service.core.stores import SecondLedger

FOLD_SECONDS = 1.0
"""Between two foldings: so long the database lags behind, unless somebody reads."""


class Folder:
    """Looks after the second ledger."""

    def __init__(self, *, clock: Clock, roster: Roster, second: SecondLedger, due: Callable[[str], None]) -> None:
        self._clock = clock
        self._roster = roster
        self._second = second
        self._due = due

    def step(self) -> float:
        """Put jobs in order, fold, and have claimed what could not be claimed; in how many seconds to fold again."""
        second = self._second
        try:
            second.tend(self._clock.now())
            second.fold()
        except SecondStoreUnavailable:
            return FOLD_SECONDS
        if second.returned():
            for uid in self._roster.uids():
                job = self._roster.find(uid)
                if job and job.manifest.store == SECOND:
                    self._due(uid)
        return FOLD_SECONDS
