"""Traffic: the HTTP requests that this process answered since its start."""

from bisect import bisect_left
from collections import Counter
from threading import Lock

from tasks_service.control.metric_table import HTTP_DURATION, HTTP_REQUESTS
from tasks_service.core.metric import Distribution, Family, Sample


class Traffic:
    """Counts requests; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: Counter[tuple[str, str, str]] = Counter()
        self._buckets: dict[tuple[str, str], list[int]] = {}
        self._seconds: dict[tuple[str, str], float] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note an answer. Method and route must come from a small set: each is kept for good."""
        bucket = bisect_left(HTTP_DURATION.bounds, seconds)
        with self._lock:
            self._requests[method, route, str(status)] += 1
            buckets = self._buckets.setdefault((method, route), [0] * (len(HTTP_DURATION.bounds) + 1))
            buckets[bucket] += 1
            self._seconds[method, route] = self._seconds.get((method, route), 0.0) + seconds

    def families(self) -> list[Family]:
        """The counts of this moment."""
        with self._lock:
            requests = [Sample(labels, times) for labels, times in sorted(self._requests.items())]
            durations = [
                Sample(labels, Distribution(tuple(buckets), self._seconds[labels]))
                for labels, buckets in sorted(self._buckets.items())
            ]
        return [Family(HTTP_REQUESTS, requests), Family(HTTP_DURATION, durations)]
