"""Denials: refused requests go into the audit, so many and no more."""

import logging

from starlette.concurrency import run_in_threadpool
from starlette.types import Scope

from tasks_service.api.keys import Brake
from tasks_service.api.principal import address_of, anonymous
from tasks_service.core.errors import StoreUnavailable
from tasks_service.core.ports import Clock
from tasks_service.core.stores import AuditEntry, Journal

logger = logging.getLogger(__name__)

_LONGEST = 200


class Denials:
    """Writes refused requests to the audit: at most 10 a minute of one address and 100 of all."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock
        self._per_address = Brake(limit=10)
        self._together = Brake(limit=100)

    async def record(self, scope: Scope, reason: str) -> None:
        """Note a refused request, unless there were too many of them."""
        now = self._clock.monotonic()
        address = address_of(scope)
        crowded = self._per_address.wait(address, now) > 0 or self._together.wait("all", now) > 0
        if crowded:
            return
        self._per_address.count(address, now)
        self._together.count("all", now)
        target = f"{scope['method']} {scope['path']}"[:_LONGEST]
        entry = AuditEntry(
            at=self._clock.now(),
            actor=anonymous(scope).name,
            action="request",
            object="".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in target),
            reason=reason,
            outcome="denied",
        )
        try:
            await run_in_threadpool(self._journal.audit, entry)
        except StoreUnavailable as error:
            logger.warning("a denied request was not audited: %s", error, extra={"event": "api.audit_failed"})
