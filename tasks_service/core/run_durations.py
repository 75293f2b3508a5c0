"""How long the runs of a job usually take: what is expected of the next one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from tasks_service.core.percentile import percentile

SAMPLE = 200
"""So many of a job's newest successes say how long it usually takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """How long the successful runs of a job took, in seconds of wall time."""

    count: int
    """How many runs were measured; at least one."""
    p50: float
    """Half of them took no longer."""
    p95: float
    """Of twenty, nineteen took no longer."""

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Self | None:
        """Those of a sample in any order; None for an empty one. A clock that was set back counts as 0."""
        ascending = sorted(max(0.0, each) for each in seconds)
        p50, p95 = percentile(ascending, 0.5), percentile(ascending, 0.95)
        if p50 is None or p95 is None:
            return None
        return cls(count=len(ascending), p50=p50, p95=p95)
