"""The progress board: what runs of this process told last, written at most once a second per run."""

from collections.abc import Collection
from threading import Lock

from tasks_service.core.ports import Clock
from tasks_service.core.progress import Progress
from tasks_service.core.stores import ProgressStore

PERIOD_SECONDS = 1.0


class ProgressBoard:
    """Takes from the executor's thread, and is written in the runner's."""

    def __init__(self, *, clock: Clock, store: ProgressStore) -> None:
        self._clock = clock
        self._store = store
        self._lock = Lock()
        self._told: dict[str, Progress] = {}
        self._written: dict[str, float] = {}
        """When a run's progress was written last, on the monotonic clock."""

    def note(self, run_id: str, progress: Progress) -> None:
        """Remember the newest."""
        with self._lock:
            self._told[run_id] = progress

    def write(self, ended: Collection[str] = ()) -> None:
        """Write what is due; of runs that ended, all there is. What a store does not take is due again."""
        now = self._clock.monotonic()
        with self._lock:
            due = {
                run_id: told
                for run_id, told in self._told.items()
                if run_id in ended or now - self._written.get(run_id, -PERIOD_SECONDS) >= PERIOD_SECONDS
            }
        self._store.keep(due)
        with self._lock:
            for run_id, told in due.items():
                self._written[run_id] = now
                if self._told[run_id] is told:
                    del self._told[run_id]
            for run_id in ended:
                self._written.pop(run_id, None)
