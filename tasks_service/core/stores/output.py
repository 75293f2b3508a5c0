"""What runs printed."""

from collections.abc import Sequence
from typing import Protocol

from tasks_service.core.run import OutputLine


class OutputStore(Protocol):
    """What runs printed."""

    def append(self, lines: Sequence[tuple[str, OutputLine]]) -> None:
        """Keep lines, each with its run id."""
        ...

    def read(self, run_id: str, *, after: int = 0, limit: int = 5000) -> list[OutputLine]:
        """The lines with a ``seq`` greater than ``after``, ascending."""
        ...

    def tail(self, run_id: str, lines: int) -> list[OutputLine]:
        """The last lines, ascending."""
        ...
