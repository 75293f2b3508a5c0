"""The engine: what runs while this process leads, and the order in which it starts and stops."""

import logging
from collections.abc import Sequence
from threading import Event, Thread

from tasks_service.control.dispatcher import Dispatcher
from tasks_service.control.identity import Identity
from tasks_service.control.leader import Leader
from tasks_service.control.loop import Loop
from tasks_service.control.reaper import Reaper
from tasks_service.control.reconciler import Reconciler
from tasks_service.control.roster import Roster
from tasks_service.core.ports import Clock, Executor, Host, ManifestSource, Timer
from tasks_service.core.stores import LeaseStore

log = logging.getLogger(__name__)

_FIRST_SYNC_SECONDS = 15.0


class Engine:
    """Starts and stops leader, timer, executor and loops."""

    def __init__(
        self,
        *,
        clock: Clock,
        host: Host,
        identity: Identity,
        lease: LeaseStore,
        sources: Sequence[ManifestSource],
        timer: Timer,
        executor: Executor,
        roster: Roster,
        reconciler: Reconciler,
        dispatcher: Dispatcher,
        reaper: Reaper,
        drain_seconds: float,
    ) -> None:
        self._clock = clock
        self._sources = tuple(sources)
        self._timer = timer
        self._executor = executor
        self._roster = roster
        self._reconciler = reconciler
        self._dispatcher = dispatcher
        self._drain_seconds = drain_seconds
        self._unwatch = Event()
        self._ready = Event()
        self._syncing = Loop("reconciler", self._sync)
        self._dispatching = Loop("dispatcher", dispatcher.step)
        self._reaping = Loop("reaper", reaper.step)
        dispatcher.wake = self._dispatching.wake
        self._leader = Leader(
            clock=clock,
            host=host,
            lease=lease,
            owner=identity.owner,
            lead=self._lead,
            follow=self._ready.set,
            step_down=self._step_down,
        )
        self._watchers: list[Thread] = []

    @property
    def leading(self) -> bool:
        """Whether this process holds the lease."""
        return self._leader.leading

    def start(self) -> None:
        """Try for the lease, and wait a while for the first sync, so that the first answer already shows the jobs."""
        self._leader.start()
        self._ready.wait(_FIRST_SYNC_SECONDS)

    def stop(self) -> None:
        """Claim nothing more, let runs finish for the drain time, cancel and record the rest, give the lease back."""
        self._leader.stop()

    def wake_sync(self) -> None:
        """Look at the sources soon."""
        self._syncing.wake()

    def wake_dispatch(self) -> None:
        """Look at the ledger soon."""
        self._dispatching.wake()

    def _sync(self) -> float:
        pause = self._reconciler.step()
        self._ready.set()
        return pause

    def _lead(self) -> None:
        try:
            self._begin()
        except Exception:
            self._step_down()
            raise

    def _begin(self) -> None:
        """Load what was live, settle the downtime with it, and only then look at the files."""
        self._executor.start(self._dispatcher)
        self._timer.start(self._dispatcher.due)
        self._reconciler.load()
        for run in self._dispatcher.recover():
            log.warning("Run %s of %s is lost", run.run_id, run.job_id, extra={"event": "run.lost", "run": run.run_id})
        self._dispatcher.lead_from(self._clock.now())
        self._dispatcher.settle(self._roster.uids())
        self._unwatch.clear()
        self._watchers = [
            Thread(target=s.watch, args=(self._syncing.wake, self._unwatch), name=f"watch-{s.name}", daemon=True)
            for s in self._sources
        ]
        for watcher in self._watchers:
            watcher.start()
        for loop in (self._syncing, self._dispatching, self._reaping):
            loop.start()

    def _step_down(self) -> None:
        self._dispatcher.draining = True
        self._timer.stop()
        self._unwatch.set()
        self._syncing.stop()
        self._reaping.stop()
        self._executor.stop(self._drain_seconds)
        self._dispatching.stop()
        self._dispatcher.flush()
        for watcher in self._watchers:
            watcher.join()
        self._watchers = []
