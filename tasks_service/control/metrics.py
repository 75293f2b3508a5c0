"""The desk of metrics: what a scrape of this process is answered.

Figures of the installation come from the database and are the same on every replica; the counters among them are the
tallies, which survive restarts and retention. The rest is what this process knows of itself.
"""

import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

from tasks_service import __version__
from tasks_service.control import metric_table as table
from tasks_service.control.statistics import age, broken_files
from tasks_service.control.status import Pulse, Status
from tasks_service.control.traffic import Traffic
from tasks_service.control.views import SyncState
from tasks_service.core.alarm import AlarmKind
from tasks_service.core.errors import StoreUnavailable
from tasks_service.core.metric import Distribution, Family, Metric, Sample
from tasks_service.core.override import OverrideKind
from tasks_service.core.ports import Clock, Exposed, Exposition, Host
from tasks_service.core.run import Outcome, RunState
from tasks_service.core.stores import Stores
from tasks_service.core.tally import Measure, Tally, distribution

BATCH = 2000
"""Rows that one transaction adds to the tallies."""
MOST_BATCHES = 5
"""A scrape adds no more than these: the reaper and the following scrapes add the rest."""

_COUNTERS = {Measure.RUNS: table.RUNS, Measure.OCCURRENCES: table.OCCURRENCES}
_HISTOGRAMS = {
    Measure.DURATION: table.RUN_DURATION,
    Measure.LATENESS: table.RUN_LATENESS,
    Measure.CPU: table.RUN_CPU,
    Measure.MEMORY: table.RUN_MEMORY,
}
_ENDS = {
    Measure.RUNS: tuple(state.value for state in RunState if state.final),
    Measure.OCCURRENCES: tuple(outcome.value for outcome in Outcome),
}


class Metrics:
    """Answers scrapes, and counts the requests of this process."""

    def __init__(
        self,
        *,
        clock: Clock,
        stores: Stores,
        status: Status,
        pulse: Pulse,
        host: Host,
        exposition: Exposition,
        job_types: Iterable[str],
    ) -> None:
        self._clock = clock
        self._stores = stores
        self._status = status
        self._pulse = pulse
        self._host = host
        self._exposition = exposition
        self._job_types = tuple(sorted(job_types))
        self.traffic = Traffic()

    def scrape(self, accept: str) -> Exposed:
        """All metrics in the format that an ``Accept`` header asks for. Answers without the database, too."""
        try:
            installation = [Family(table.DATABASE_UP, [Sample((), 1)]), *self._installation(self._clock.now())]
        except StoreUnavailable:
            installation = [Family(table.DATABASE_UP, [Sample((), 0)])]
        return self._exposition.write([*installation, *self._process()], accept)

    def _installation(self, now: datetime) -> list[Family]:
        for _ in range(MOST_BATCHES):
            if not self._stores.tallies.gather(BATCH):
                break
        return [*_tallied(self._stores.tallies.all(), self._job_types), *self._present(now)]

    def _present(self, now: datetime) -> Iterator[Family]:
        """What is so at this moment, read from the database."""
        backlog = self._stores.ledger.backlog(now)
        yield Family(table.OPEN_RUNS, [Sample(("queued",), backlog.queued), Sample(("running",), backlog.running)])
        yield _gauge(table.QUEUE_WAIT, age(backlog.waiting_since, now))
        jobs = self._stores.ledger.last_successes()
        live = dict.fromkeys(self._job_types, 0) | Counter(job.job_type for job in jobs)
        yield Family(table.JOBS, [Sample((job_type,), number) for job_type, number in sorted(live.items())])
        yield Family(
            table.LAST_SUCCESS, [Sample((job.job_id, job.job_type), job.at.timestamp()) for job in jobs if job.at]
        )
        found = self._status.sync_state()
        yield Family(table.SYNC_STATE, [Sample((state.value,), state is found) for state in SyncState])
        yield _gauge(table.INVALID_MANIFESTS, len(broken_files(self._stores.syncs.problems())))
        standing = {s.kind: s for s in self._stores.overrides.standing(now)}
        numbers = {kind: standing[kind].count if kind in standing else 0 for kind in OverrideKind}
        yield Family(table.OVERRIDES, [Sample((kind.value,), number) for kind, number in numbers.items()])
        yield _gauge(table.OLDEST_OVERRIDE, age(min((s.oldest for s in standing.values()), default=None), now))
        alarms = dict.fromkeys(AlarmKind, 0) | self._stores.alarms.standing()
        yield Family(table.OPEN_ALARMS, [Sample((kind.value,), number) for kind, number in alarms.items()])
        lease = self._stores.lease.holder()
        yield Family(table.TERM, [Sample((), lease.term)] if lease else [])

    def _process(self) -> Iterator[Family]:
        """What this process knows of itself."""
        leading = self._pulse.leading()
        yield _gauge(table.LEADER, leading)
        yield Family(table.TICK_AGE, [Sample((), self._pulse.tick_age())] if leading else [])
        yield from self.traffic.families()
        yield Family(table.BUILD, [Sample((__version__, platform.python_version()), 1)])
        usage = self._host.usage()
        yield _gauge(table.PROCESS_CPU, usage.cpu_seconds)
        yield _gauge(table.PROCESS_MEMORY, usage.memory_bytes)
        yield _gauge(table.PROCESS_FILES, usage.open_files)
        yield _gauge(table.PROCESS_THREADS, usage.threads)
        yield _gauge(table.PROCESS_START, self._host.started)


def _gauge(metric: Metric, value: float) -> Family:
    return Family(metric, [Sample((), value)])


def _tallied(kept: Sequence[Tally], job_types: Sequence[str]) -> Iterator[Family]:
    """The tallies as metrics. Counters of known types begin at 0, so that the first event is seen as an increase."""
    found = {key: list(group) for key, group in groupby(kept, lambda t: (t.measure, t.job_type, t.facet))}
    for measure, metric in _COUNTERS.items():
        counts = {(job_type, end): 0 for job_type in job_types for end in _ENDS[measure]}
        counts |= {key[1:]: sum(t.times for t in group) for key, group in found.items() if key[0] is measure}
        yield Family(metric, [Sample(labels, times) for labels, times in sorted(counts.items())])
    for measure, metric in _HISTOGRAMS.items():
        yield Family(
            metric,
            [
                Sample((job_type, facet)[: len(metric.labels)], _distribution(metric, group))
                for (of, job_type, facet), group in found.items()
                if of is measure
            ],
        )


def _distribution(metric: Metric, group: Sequence[Tally]) -> Distribution:
    return distribution(group, metric.bounds)
