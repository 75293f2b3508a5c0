"""What the ledger adds up to, for good."""

from typing import Protocol

from tasks_service.core.tally import Tally


class TallyStore(Protocol):
    """Sums over all runs and occurrences that ever ended, those that retention dropped included.

    They never go down, and every process that asks is told the same.
    """

    def gather(self, limit: int) -> int:
        """Add what ended since the last time, each row exactly once, whoever else does so at the same moment.

        At most ``limit`` runs and as many occurrences; returns how many rows were added, 0 where nothing is left.
        A range of occurrences that grew adds what it grew by.
        """
        ...

    def all(self) -> list[Tally]:
        """The sums as they are."""
        ...
