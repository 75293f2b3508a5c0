"""The leader: holds the lease, and runs timer and loops only while it does.

A process that cannot renew in time steps down before the lease ends, judged by the monotonic clock. A holder on this
host whose process is gone is evicted at once, so that a restart after a kill need not wait.
"""

import logging
from collections.abc import Callable

from tasks_service.control.loop import Loop
from tasks_service.core.errors import StoreUnavailable
from tasks_service.core.ports import Clock, Host
from tasks_service.core.stores import Fence, Lease, LeaseStore

log = logging.getLogger(__name__)

LEASE_SECONDS = 8.0
RENEW_SECONDS = 2.0
MARGIN_SECONDS = 2.0
"""How long before the end of the lease an unrenewed leader steps down."""
ASK_SECONDS = 1.0
"""How often the others ask for the lease: whatever happens to a leader, another one leads within ten seconds."""


class Leader:
    """Acquires, renews and gives up the lease."""

    def __init__(
        self,
        *,
        clock: Clock,
        host: Host,
        lease: LeaseStore,
        fence: Fence,
        owner: str,
        lead: Callable[[], None],
        follow: Callable[[], None],
        step_down: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._host = host
        self._lease = lease
        self._fence = fence
        self._owner = owner
        self._lead = lead
        self._follow = follow
        self._step_down = step_down
        self.loop = Loop("leader", self.step, longest_backoff=ASK_SECONDS)
        self._trusted_until = 0.0
        self._active = False

    @property
    def leading(self) -> bool:
        """Whether the lease is surely this process's: by its own monotonic clock, whatever the database does."""
        return self._active and self._clock.monotonic() < self._trusted_until

    def start(self) -> None:
        """Begin to try."""
        self.loop.start()

    def stop(self) -> None:
        """Step down and give the lease back, so that another one leads at once."""
        self.loop.stop()
        if self._active:
            log.info("Giving the lead back", extra={"event": "leader.stopping"})
            self._retire()
            try:
                self._lease.release(self._owner)
            except StoreUnavailable as error:
                log.warning("The lease is left to run out: %s", error, extra={"event": "leader.unreleased"})

    def step(self) -> float:
        """Acquire or renew; in how many seconds to do it again."""
        before = self._clock.monotonic()
        try:
            lease = self._acquire()
        except Exception:
            if self._active and self._clock.monotonic() >= self._trusted_until:
                self._resign()
            raise
        if lease is None:
            if self._active:
                self._resign()
            self._follow()
            return ASK_SECONDS
        self._trusted_until = before + LEASE_SECONDS - MARGIN_SECONDS
        if self._active and self._fence.lease and self._fence.lease.term != lease.term:
            self._resign()  # another one led in between: begin again from what it left
        self._fence.lease = lease
        if not self._active:
            log.info("This process leads now", extra={"event": "leader.elected", "term": lease.term})
            self._active = True
            self._lead()
        return RENEW_SECONDS

    def _acquire(self) -> Lease | None:
        host = self._host
        lease = self._lease.acquire(self._owner, host.node, host.pid, host.started, LEASE_SECONDS)
        if lease is None:
            holder = self._lease.holder()
            if holder and holder.node == host.node and not host.alive(holder.pid, holder.pid_started):
                self._lease.evict(holder.owner, holder.term)
                lease = self._lease.acquire(self._owner, host.node, host.pid, host.started, LEASE_SECONDS)
        return lease

    def _resign(self) -> None:
        log.warning("This process no longer leads", extra={"event": "leader.resigned"})
        self._retire()

    def _retire(self) -> None:
        self._active = False
        self._fence.lease = None
        self._step_down()
