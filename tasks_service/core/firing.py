"""When a schedule fires: pure arithmetic over UTC instants.

``next_fire`` gives the first fire strictly after a moment; ``tally`` counts the fires of a stretch without keeping them
all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tasks_service.core.schedule import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The fires of a stretch: how many, the first, and the newest few in ascending order. Without fires, no tuple."""

    count: int
    first: datetime
    newest: tuple[datetime, ...]


def next_fire(schedule: Schedule, after: datetime) -> datetime | None:
    """The first fire strictly after ``after``, in UTC; None where there is none."""
    raise NotImplementedError


def fires(schedule: Schedule, after: datetime, until: datetime) -> Iterator[datetime]:
    """All fires in ``(after, until]``, ascending, in UTC."""
    raise NotImplementedError


def tally(schedule: Schedule, after: datetime, until: datetime, keep: int) -> Tally:
    """Count the fires in ``(after, until]`` and keep the newest ``keep`` of them."""
    raise NotImplementedError
