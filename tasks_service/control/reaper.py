"""The reaper: adds up what ended, and drops what is older than the retention allows, a little at a time."""

from datetime import timedelta

from tasks_service.core.ports import Clock
from tasks_service.core.stores import Stores

STEP_SECONDS = 600.0
KEEP_PER_JOB = 50
"""So many of the newest rows of a job stay, however old they are."""
KEEP_VERSIONS = 20
"""So many of the newest versions of a job stay; further ones, while the ledger refers to them."""
_BATCH = 2000


class Reaper:
    """Applies ``TASKS_HISTORY_DAYS``."""

    def __init__(self, *, clock: Clock, stores: Stores, history_days: int) -> None:
        self._clock = clock
        self._ledger = stores.ledger
        self._tallies = stores.tallies
        self._past = stores.history
        self._alarms = stores.alarms
        self._history = timedelta(days=history_days)

    def step(self) -> float:
        """Add up all that ended, so that nothing is forgotten uncounted, whether anybody scrapes or not; then forget
        one batch, and come back soon while there is more."""
        while self._tallies.gather(_BATCH):
            pass
        before = self._clock.now() - self._history
        self._alarms.forget(before)
        gone = self._ledger.forget(before, KEEP_PER_JOB, _BATCH)
        self._past.forget(before, KEEP_VERSIONS, _BATCH)
        return 1.0 if gone >= _BATCH else STEP_SECONDS
