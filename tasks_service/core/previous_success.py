"""The success before a run, as the run is told of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousSuccess:
    """Of the runs of the job that succeeded and were due before this one, the one that was due last. Times are UTC."""

    due_at: datetime
    finished_at: datetime
    result: dict[str, Any]
