"""The ledger as a whole."""

from tasks_service.adapters.redis_ledger.claims import Claims
from tasks_service.adapters.redis_ledger.connection import Connection
from tasks_service.adapters.redis_ledger.runs import Runs
from tasks_service.adapters.redis_ledger.transactions import Custody
from tasks_service.core.stores import Archive, Fence, StoreState

TAG = "tasks"
"""The hash tag of all keys."""


class RedisLedger(Claims, Runs):
    """Implements ``SecondLedger``."""

    def __init__(
        self,
        connection: Connection,
        archive: Archive,
        *,
        tag: str = TAG,
        fence: Fence | None = None,
        custody: Custody | None = None,
    ) -> None:
        super().__init__(connection, archive, tag, fence, custody or Custody())

    def state(self) -> StoreState:
        """How it is doing; asks nobody."""
        return self._connection.state()

    def behind(self, fence: Fence) -> "RedisLedger":
        """The same as a leader's: a write raises ``LeadLost`` once a later leader has written."""
        return RedisLedger(self._connection, self._archive, tag=self._tag, fence=fence, custody=self._custody)

    def close(self) -> None:
        """Give the connections back."""
        self._connection.close()
