"""Figures of the ledger: what ended of late, what has not ended, what last succeeded."""

from datetime import datetime

from sqlalchemy import func, select

from tasks_service.adapters.sql.engine import read
from tasks_service.adapters.sql.ledger_rows import LedgerPart
from tasks_service.adapters.sql.tables import jobs, occurrences, runs
from tasks_service.core.run import Outcome, RunState
from tasks_service.core.stores import Backlog, LastSuccess
from tasks_service.core.tally import Ending

ENDING = (
    *(runs.c.job_type, runs.c.state, runs.c.trigger, runs.c.attempt, runs.c.due_at),
    *(runs.c.started_at, runs.c.finished_at, runs.c.cpu_seconds, runs.c.peak_memory_bytes),
)
"""The columns of an ``Ending``: without parameters, result and error, so that thousands are cheap to read."""


class LedgerFigures(LedgerPart):
    """The part of the ledger that statistics are made from."""

    def endings(self, since: datetime, until: datetime, limit: int) -> list[Ending]:
        """Runs that ended in ``(since, until]``, newest first, as far as they are counted."""
        wanted = (
            select(*ENDING)
            .where(runs.c.finished_at > since, runs.c.finished_at <= until)
            .order_by(runs.c.finished_at.desc(), runs.c.number.desc())
            .limit(limit)
        )
        with read(self._engine) as connection:
            return [Ending(**row._mapping) for row in connection.execute(wanted)]

    def outcomes(self, since: datetime, until: datetime) -> dict[Outcome, int]:
        """How many expected fires got each outcome in ``(since, until]``."""
        wanted = (
            select(occurrences.c.outcome, func.sum(occurrences.c.slots).label("slots"))
            .where(occurrences.c.closed_at > since, occurrences.c.closed_at <= until)
            .where(occurrences.c.outcome.is_not(None))
            .group_by(occurrences.c.outcome)
        )
        with read(self._engine) as connection:
            return {row.outcome: row.slots for row in connection.execute(wanted)}

    def backlog(self, now: datetime) -> Backlog:
        """The runs that have not ended."""
        under_way = (
            select(runs.c.state, func.count().label("number"))
            .where(runs.c.state.in_((RunState.QUEUED, RunState.RUNNING)))
            .group_by(runs.c.state)
        )
        oldest = select(func.min(runs.c.not_before)).where(runs.c.state == RunState.QUEUED, runs.c.not_before <= now)
        with read(self._engine) as connection:
            numbers = {row.state: row.number for row in connection.execute(under_way)}
            since: datetime | None = connection.scalar(oldest)
        return Backlog(
            queued=numbers.get(RunState.QUEUED, 0), running=numbers.get(RunState.RUNNING, 0), waiting_since=since
        )

    def last_successes(self) -> list[LastSuccess]:
        """All live jobs by id, with their last success: one look into an index for each."""
        newest = (
            select(func.max(runs.c.finished_at))
            .where(runs.c.job_uid == jobs.c.job_uid, runs.c.state == RunState.SUCCEEDED)
            .correlate(jobs)
            .scalar_subquery()
        )
        wanted = select(jobs.c.job_id, jobs.c.job_type, newest.label("at")).where(jobs.c.deleted_at.is_(None))
        with read(self._engine) as connection:
            return [LastSuccess(**row._mapping) for row in connection.execute(wanted.order_by(jobs.c.job_key))]
