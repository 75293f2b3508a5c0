"""How much runs at once, when, and which jobs meet."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, pairwise

from tasks_service.core.simulation.trace import Trace

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Runs at once over the window."""

    peak: int
    peak_at: datetime | None
    """When the peak is first reached; None where nothing runs."""
    p95: int
    """For all but a twentieth of the time no more than so many run."""
    busy_seconds: float
    """Of all runs together, within the window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A minute in which several jobs are due, and the others in which the same jobs are."""

    first: datetime
    times: int
    job_ids: tuple[str, ...]
    at_once: int
    """The most runs at once in any of these minutes, those of other jobs included."""


class Levels:
    """How many runs are under way from each moment on."""

    def __init__(self, trace: Trace) -> None:
        changes: dict[datetime, int] = defaultdict(int)
        brief: set[datetime] = set()
        for run in trace.runs:
            begin, end = max(run.started_at, trace.start), min(run.ended_at, trace.end)
            if begin <= end:
                changes[begin] += 1
                changes[end] -= 1
            if begin == end:
                brief.add(begin)
        self._moments = sorted(changes)
        self._levels = list(accumulate(changes[moment] for moment in self._moments))
        self._peaks = [level + (moment in brief) for moment, level in zip(self._moments, self._levels, strict=True)]
        """At each of these moments itself: a run that takes no time needs a slot like any other."""
        self._window = trace.end - trace.start

    def load(self) -> Load:
        """The figures of the whole window."""
        peak = max(self._peaks, default=0)
        spans: dict[int, timedelta] = defaultdict(timedelta)
        for level, (begin, end) in zip(self._levels, pairwise(self._moments), strict=False):
            spans[level] += end - begin
        return Load(
            peak=peak,
            peak_at=self._moments[self._peaks.index(peak)] if peak else None,
            p95=self._p95(spans),
            busy_seconds=sum(level * span.total_seconds() for level, span in spans.items()),
        )

    def most(self, begin: datetime, end: datetime) -> int:
        """The most runs at once in ``[begin, end)``."""
        first, last = bisect_left(self._moments, begin), bisect_left(self._moments, end)
        before = self._levels[first - 1] if first else 0
        return max([before, *self._peaks[first:last]])

    def _p95(self, spans: dict[int, timedelta]) -> int:
        above = timedelta()
        for level in sorted(spans, reverse=True):
            above += spans[level]
            if above > self._window / 20:
                return level
        return 0


def meetings(trace: Trace, levels: Levels, limit: int) -> tuple[Meeting, ...]:
    """The minutes in which the most jobs are due at once, the fullest first; the same jobs are told once."""
    due: dict[datetime, set[str]] = defaultdict(set)
    for run in trace.runs[trace.carried :]:
        due[run.due_at.replace(second=0, microsecond=0)].add(run.job_id)
    alike: dict[frozenset[str], list[datetime]] = defaultdict(list)
    for minute in sorted(due):
        if len(due[minute]) > 1:
            alike[frozenset(due[minute])].append(minute)
    fullest = sorted(alike.items(), key=lambda item: (-len(item[0]), item[1][0]))[:limit]
    return tuple(_meeting(tuple(sorted(jobs)), minutes, levels) for jobs, minutes in fullest)


def _meeting(job_ids: tuple[str, ...], minutes: Sequence[datetime], levels: Levels) -> Meeting:
    at_once = max(levels.most(minute, minute + _MINUTE) for minute in minutes)
    return Meeting(first=minutes[0], times=len(minutes), job_ids=job_ids, at_once=at_once)
