"""The forecast: the live jobs and their overrides, played through from now on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tasks_service.control.timeline import Row, Window, rows
from tasks_service.core.job_calendars import calendars_of
from tasks_service.core.ports import Clock
from tasks_service.core.run import Run, RunState
from tasks_service.core.simulation.estimate import HISTORY, Measure, estimate
from tasks_service.core.simulation.load import Levels, Load, Meeting, meetings
from tasks_service.core.simulation.outlook import SHOWN, Outlook, Question, Stage, look_ahead
from tasks_service.core.simulation.trace import Cut, SimulatedJob, Skipped, UnderWay
from tasks_service.core.stores import RunFilter, Stores

FIRES = 20_000
"""The most fires that one answer plays through: somebody waits for it."""
PAST = 5_000
"""The most runs, and the most rows without a run, that a timeline reads."""
UNDER_WAY = 500
"""The most runs under way that are looked at."""
ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What a timeline shows, and what stands beside it."""

    window: Window
    slots: int
    rows: tuple[Row, ...]
    rows_left_out: int
    past_cut: bool
    """Whether the past holds more than was read; the newest was."""
    load: Load
    """Of the time to come."""
    busiest: tuple[Meeting, ...]
    skipped: tuple[Skipped, ...]
    """The fires to come that will be left out, of each job its first range, with all its slots counted."""
    cuts: tuple[Cut, ...]


class Forecast:
    """Looks ahead. ``slots`` is how many runs there may be at once."""

    def __init__(self, *, clock: Clock, stores: Stores, slots: int) -> None:
        self._clock = clock
        self._stores = stores
        self._slots = slots

    def simulation(self, days: float, measure: Measure, patience: float, slots: int | None = None) -> Outlook:
        """The days ahead with the present number of slots, or with another one."""
        now = self._clock.now()
        question = Question(
            start=now, end=now + timedelta(days=days), slots=slots or self._slots, patience=patience, limit=FIRES
        )
        return look_ahead(self._jobs(now, measure, self._running()), question)

    def timeline(self, hours: float) -> Timeline:
        """The next hours, and before them a quarter as many of the past."""
        now = self._clock.now()
        window = Window(since=now - timedelta(hours=hours / 4), now=now, until=now + timedelta(hours=hours))
        running = self._running()
        jobs = self._jobs(now, "p50", running)
        trace = Stage(jobs, Question(start=now, end=window.until, slots=self._slots, limit=FIRES)).play(self._slots)
        levels = Levels(trace)
        ledger = self._stores.ledger
        ended, unrun = ledger.past_runs(window.since, now, PAST), ledger.unrun(window.since, now, PAST)
        found = rows(jobs, window, (ended, unrun, running), trace)
        return Timeline(
            window=window,
            slots=self._slots,
            rows=found[:ROWS],
            rows_left_out=max(0, len(found) - ROWS),
            past_cut=PAST in (len(ended), len(unrun)),
            load=levels.load(),
            busiest=meetings(trace, levels, SHOWN),
            skipped=_once_a_job(trace.skipped),
            cuts=trace.cuts,
        )

    def _running(self) -> Sequence[Run]:
        running = self._stores.ledger.runs(RunFilter(states=frozenset({RunState.RUNNING})), limit=UNDER_WAY).items
        return [run for run in running if not run.dry_run]

    def _jobs(self, now: datetime, measure: Measure, running: Sequence[Run]) -> list[SimulatedJob]:
        live = self._stores.inventory.jobs()
        recorded = self._stores.ledger.durations([job.job_uid for job in live], now - HISTORY)
        overrides = self._stores.overrides.all()
        in_force = self._stores.calendars.in_force()
        return [
            SimulatedJob(
                job_uid=job.job_uid,
                manifest=job.manifest,
                estimate=estimate(job.manifest, recorded.get(job.job_uid), measure),
                overrides=overrides.of(job.job_uid, job.manifest.labels),
                calendars=calendars_of(job.manifest.schedule, in_force),
                running=tuple(
                    UnderWay(due_at=run.due_at, started_at=run.started_at)
                    for run in running
                    if run.job_uid == job.job_uid and run.started_at
                ),
            )
            for job in live
        ]


def _once_a_job(skipped: Sequence[Skipped]) -> tuple[Skipped, ...]:
    """One of each job and outcome, standing for all; the most slots first."""
    found: dict[tuple[str, str], Skipped] = {}
    for skip in skipped:
        first = found.get((skip.job_id, skip.outcome))
        found[skip.job_id, skip.outcome] = first.joined(skip) if first else skip
    return tuple(sorted(found.values(), key=lambda skip: (-skip.count, skip.job_id)))
