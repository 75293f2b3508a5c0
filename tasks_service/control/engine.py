"""The engine: what runs in this process, what runs only while it leads, and the order in which both start and stop."""

import logging
from collections.abc import Sequence
from threading import Event, Thread

from tasks_service.control.alarm_watch import AlarmWatch
from tasks_service.control.bells import Listener, ring
from tasks_service.control.clock_watch import ClockWatch
from tasks_service.control.dispatcher import Dispatcher
from tasks_service.control.folder import Folder
from tasks_service.control.identity import Identity
from tasks_service.control.leader import Leader
from tasks_service.control.liveness import LONGEST_STEP_SECONDS, Liveness
from tasks_service.control.loop import Loop
from tasks_service.control.membership import BEAT_SECONDS, Census, Membership
from tasks_service.control.preflights import Preflights
from tasks_service.control.reaper import Reaper
from tasks_service.control.reconciler import Reconciler
from tasks_service.control.roster import Roster
from tasks_service.control.runner import Runner
from tasks_service.core.errors import StoreUnavailable
from tasks_service.core.ports import Clock, Executor, Host, ManifestSource, Timer
from tasks_service.core.stores import Fence, Stores

log = logging.getLogger(__name__)

_FIRST_SYNC_SECONDS = 15.0
_ONCE = 86400.0


class Engine:
    """Starts and stops membership, runner and leader; while it leads timer and loops, too."""

    def __init__(
        self,
        *,
        clock: Clock,
        clock_watch: ClockWatch,
        host: Host,
        identity: Identity,
        stores: Stores,
        fence: Fence,
        sources: Sequence[ManifestSource],
        timer: Timer,
        executor: Executor,
        roster: Roster,
        reconciler: Reconciler,
        dispatcher: Dispatcher,
        runner: Runner,
        reaper: Reaper,
        alarm_watch: AlarmWatch,
        preflights: Preflights,
        folder: Folder | None,
        drain_seconds: float,
        executes: bool,
    ) -> None:
        self._clock = clock
        self._clock_watch = clock_watch
        self._bells = stores.bells
        self._second = stores.second
        self._folder = folder
        self._sources = tuple(sources)
        self._timer = timer
        self._executor = executor
        self._roster = roster
        self._reconciler = reconciler
        self._dispatcher = dispatcher
        self._runner = runner
        self._alarm_watch = alarm_watch
        self._preflights = preflights
        self._drain_seconds = drain_seconds
        self._unwatch = Event()
        self._ready = Event()
        self._executes = executes
        self._executing = False
        self._census = Census(clock=clock, host=host, members=stores.members)
        self._membership = Membership(clock=clock, host=host, members=stores.members, identity=identity, role="replica")
        listener = Listener(
            stores.bells,
            {
                "sync": self.wake_sync,
                "dispatch": self.wake_dispatch,
                "sources": self.poke_sources,
                "preflights": self.wake_preflights,
            },
        )
        self._watching_clock = Loop("clock watch", clock_watch.step)
        self._running = Loop("runner", runner.step)
        self._beginning = Loop("beginning", self._begin)
        self._syncing = Loop("reconciler", self._sync)
        self._dispatching = Loop("dispatcher", dispatcher.step)
        self._preflighting = Loop("preflights", preflights.step)
        self._led = (
            self._syncing,
            self._dispatching,
            self._preflighting,
            Loop("reaper", reaper.step),
            Loop("alarm watch", alarm_watch.step),
            Loop("census", self._recover),
            Loop("listener", listener.step),
            *([Loop("folder", folder.step)] if folder else []),
        )
        runner.wake = self._running.wake
        runner.recorded = self._dispatching.wake
        runner.trusted = lambda: self._membership.trusted
        dispatcher.wake = self._dispatching.wake
        dispatcher.settled = alarm_watch.settled
        preflights.wake = self._preflighting.wake
        reconciler.applied = preflights.applied
        self._leader = Leader(
            clock=clock,
            host=host,
            lease=stores.lease,
            fence=fence,
            owner=identity.owner,
            lead=self._beginning.start,
            follow=self._ready.set,
            step_down=self._step_down,
        )
        self._watchers: list[Thread] = []
        self.liveness = Liveness(
            clock=clock,
            loops=(
                self._leader.loop,
                self._membership.loop,
                self._watching_clock,
                self._running,
                self._beginning,
                *self._led,
            ),
            tick_age=lambda: timer.tick_age() if self.leading else 0.0,
            database_trouble=stores.database.check,
            longest_step=LONGEST_STEP_SECONDS + drain_seconds,
        )

    @property
    def ready(self) -> bool:
        """Whether the first sync is done, or another process leads."""
        return self._ready.is_set()

    @property
    def leading(self) -> bool:
        """Whether this process holds the lease."""
        return self._leader.leading

    def start(self) -> None:
        """Join, try for the lease, and wait a while for the first sync, so that the first answer shows the jobs."""
        self._runner.draining = False
        self._runner.replay()
        self._membership.start()
        self._watching_clock.start()
        self._running.start()
        self._leader.start()
        self._ready.wait(_FIRST_SYNC_SECONDS)

    def stop(self) -> None:
        """Give the lease back at once, let runs finish for the drain time, cancel and record the rest, leave."""
        self._runner.draining = True
        self._leader.stop()
        if self._executing:
            self._executor.stop(self._drain_seconds)
            self._executing = False
        self._running.stop()
        self._watching_clock.stop()
        try:
            self._runner.flush()
            self._membership.stop()
            if self._second:
                self._second.fold()
        except StoreUnavailable as error:
            log.error("The last results wait in the spool: %s", error, extra={"event": "engine.unrecorded"})

    def wake_sync(self) -> None:
        """Have the leader look at the sources soon."""
        self._wake(self._syncing, "sync")

    def poke_sources(self) -> None:
        """Have the leader look soon at what lies elsewhere."""
        if self.leading:
            for source in self._sources:
                source.poke()
        else:
            ring(self._bells, "sources")

    def wake_dispatch(self) -> None:
        """Have the leader look at the ledger soon, and this process at its runs."""
        self._running.wake()
        self._wake(self._dispatching, "dispatch")

    def wake_preflights(self) -> None:
        """Have the leader look at who asked for a preflight."""
        self._wake(self._preflighting, "preflights")

    def _wake(self, loop: Loop, bell: str) -> None:
        if self.leading:
            loop.wake()
        else:
            ring(self._bells, bell)

    def _sync(self) -> float:
        pause = self._reconciler.step()
        self._ready.set()
        return pause

    def _recover(self) -> float:
        self._dispatcher.recover(self._census.living())
        return BEAT_SECONDS

    def _begin(self) -> float:
        """Load what was live, settle the downtime with it, and only then look at the files.

        A loop of its own: it is tried again until it succeeds, and the lease is renewed meanwhile.
        """
        if self._executes and not self._executing:
            self._executor.start(self._runner)
            self._executing = True
        self._timer.stop()  # an attempt that failed may have started it
        self._timer.start(self._dispatcher.due)
        self._clock_watch.compare(self._reconciler.load())
        if self._folder:
            self._folder.step()
        self._recover()
        self._dispatcher.lead_from(self._clock.now())
        self._dispatcher.settle(self._roster.uids())
        self._alarm_watch.begin()
        self._preflights.begin()
        self._unwatch.clear()
        self._watchers = [
            Thread(target=s.watch, args=(self._syncing.wake, self._unwatch), name=f"watch-{s.name}", daemon=True)
            for s in self._sources
        ]
        for watcher in self._watchers:
            watcher.start()
        for loop in self._led:
            loop.start()
        return _ONCE

    def _step_down(self) -> None:
        self._beginning.stop()
        self._timer.stop()
        self._unwatch.set()
        for loop in self._led:
            loop.stop()
        self._preflights.end()
        for watcher in self._watchers:
            watcher.join()
        self._watchers = []
