"""The gate of the backfills: regular runs pass at once, backfills one at a time and where they are in nobody's way."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tasks_service.control.roster import Roster
from tasks_service.core.backfill import may_begin
from tasks_service.core.override import OverrideSet
from tasks_service.core.run import Run, Trigger
from tasks_service.core.stores import Ledger, OverrideStore

_LOOKED_AT = 5


class BackfillGate:
    """Chooses among the runs that are ready."""

    def __init__(self, *, ledger: Ledger, overrides: OverrideStore, roster: Roster) -> None:
        self._ledger = ledger
        self._overrides = overrides
        self._roster = roster

    def admitted(self, ready: Iterable[Run], now: datetime) -> list[Run]:
        """All that are no backfill, and the first backfill that may begin."""
        runs = list(ready)
        regular = [run for run in runs if run.trigger is not Trigger.BACKFILL]
        fills = [run for run in runs if run.trigger is Trigger.BACKFILL]
        if not fills:
            return regular
        held = self._overrides.all()
        first = next((run for run in fills if self._may_begin(run, held, now)), None)
        return [*regular, first] if first else regular

    def _may_begin(self, run: Run, overrides: OverrideSet, now: datetime) -> bool:
        job = self._roster.find(run.job_uid)
        if job is None:
            return False
        own = overrides.of(run.job_uid, job.manifest.labels)
        return may_begin(run, job.manifest, own, self._usual(run.job_uid), now)

    def _usual(self, job_uid: str) -> timedelta:
        """The longest of the last few runs; nothing where there was none."""
        runs = self._ledger.latest_runs([job_uid], per_job=_LOOKED_AT).get(job_uid, [])
        return timedelta(seconds=max((run.duration_seconds or 0.0 for run in runs), default=0.0))
