"""How far runs have come."""

from collections.abc import Collection, Mapping
from typing import Protocol

from tasks_service.core.progress import Progress


class ProgressStore(Protocol):
    """The newest progress of each run that told any."""

    def keep(self, told: Mapping[str, Progress]) -> None:
        """Keep what runs told, by run id, instead of what they told before."""
        ...

    def of(self, run_ids: Collection[str]) -> dict[str, Progress]:
        """What these runs told last; one that told nothing is absent."""
        ...
