"""The leader: holds the lease, and runs timer and loops only while it does.

A process that cannot renew in time steps down before the lease ends, judged by the monotonic clock. A holder on this
host whose process is gone is evicted at once, so that a restart after a kill need not wait.
"""

import logging
from collections.abc import Callable

from tasks_service.control.loop import Loop
from tasks_service.core.ports import Clock, Host
from tasks_service.core.stores import LeaseStore

log = logging.getLogger(__name__)

LEASE_SECONDS = 10.0
RENEW_SECONDS = 3.0
MARGIN_SECONDS = 2.0
"""How long before the end of the lease an unrenewed leader steps down."""


class Leader:
    """Acquires, renews and gives up the lease."""

    def __init__(
        self,
        *,
        clock: Clock,
        host: Host,
        lease: LeaseStore,
        owner: str,
        lead: Callable[[], None],
        follow: Callable[[], None],
        step_down: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._host = host
        self._lease = lease
        self._owner = owner
        self._lead = lead
        self._follow = follow
        self._step_down = step_down
        self._loop = Loop("leader", self.step)
        self._trusted_until = 0.0
        self.leading = False

    def start(self) -> None:
        """Begin to try."""
        self._loop.start()

    def stop(self) -> None:
        """Step down and give the lease back."""
        self._loop.stop()
        if self.leading:
            log.info("Giving the lead back", extra={"event": "leader.stopping"})
            self.leading = False
            self._step_down()
            self._lease.release(self._owner)

    def step(self) -> float:
        """Acquire or renew; in how many seconds to do it again."""
        before = self._clock.monotonic()
        try:
            held = self._acquire()
        except Exception:
            if self.leading and self._clock.monotonic() >= self._trusted_until:
                self._resign()
            raise
        if held:
            self._trusted_until = before + LEASE_SECONDS - MARGIN_SECONDS
            if not self.leading:
                log.info("This process leads now", extra={"event": "leader.elected"})
                self._lead()
                self.leading = True
        elif self.leading:
            self._resign()
        else:
            self._follow()
        return RENEW_SECONDS if held else 1.0

    def _acquire(self) -> bool:
        host = self._host
        lease = self._lease.acquire(self._owner, host.node, host.pid, host.started, LEASE_SECONDS)
        if lease is None:
            holder = self._lease.holder()
            if holder and holder.node == host.node and not host.alive(holder.pid, holder.pid_started):
                self._lease.evict(holder.owner, holder.term)
                lease = self._lease.acquire(self._owner, host.node, host.pid, host.started, LEASE_SECONDS)
        return lease is not None

    def _resign(self) -> None:
        log.warning("This process no longer leads", extra={"event": "leader.resigned"})
        self.leading = False
        self._step_down()
