"""Measuring: the same work by us and by a peer, in one process, as seconds and a ratio."""

import gc
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What we did, what the peer did, and how long each took at best."""

    name: str
    ours: str
    seconds: float
    peer: str
    peer_seconds: float

    @property
    def ratio(self) -> float:
        """How many times as long as the peer we take; below 1 we are faster."""
        return self.seconds / self.peer_seconds

    def as_json(self) -> dict[str, Any]:
        """Everything, with the ratio."""
        rounded = {key: round(value, 6) if isinstance(value, float) else value for key, value in asdict(self).items()}
        return {**rounded, "ratio": round(self.ratio, 3)}

    def __str__(self) -> str:
        ours = f"{self.ours}: {self.seconds * 1000:,.1f} ms"
        peer = f"{self.peer}: {self.peer_seconds * 1000:,.1f} ms"
        return f"{self.name}\n  {ours}\n  {peer}\n  ratio {self.ratio:.2f}"


def fastest(work: Callable[[], object], rounds: int = 3) -> float:
    """The best of some rounds, in seconds: what disturbs a measurement only ever adds to it."""
    return min(_seconds(work) for _ in range(rounds))


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
