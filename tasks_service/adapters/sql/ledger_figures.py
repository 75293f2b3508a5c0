"""Figures of the ledger: what ended of late, what has not ended, what last succeeded."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import case, exists, func, literal, select

from tasks_service.adapters.sql.columns import UtcTime
from tasks_service.adapters.sql.engine import batches, read
from tasks_service.adapters.sql.ledger_rows import LedgerPart, load_occurrence
from tasks_service.adapters.sql.tables import jobs, occurrences, runs
from tasks_service.core.past import PastRun
from tasks_service.core.run import Occurrence, Outcome, RunState, Trigger
from tasks_service.core.run_durations import SAMPLE, Durations
from tasks_service.core.stores import Backlog, LastSuccess, Usage
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
            .where(runs.c.finished_at > since, runs.c.finished_at <= until, ~runs.c.dry_run)
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
            .where(occurrences.c.outcome.is_not(None), ~occurrences.c.dry_run)
            .group_by(occurrences.c.outcome)
        )
        with read(self._engine) as connection:
            return {row.outcome: row.slots for row in connection.execute(wanted)}

    def past_runs(self, since: datetime, until: datetime, limit: int) -> list[PastRun]:
        """Runs of live jobs that ended in ``(since, until]``, newest first, as far as a timeline draws them."""
        wanted = (
            select(runs.c.run_id, jobs.c.job_id, runs.c.state, runs.c.due_at, runs.c.started_at, runs.c.finished_at)
            .join(jobs, jobs.c.job_uid == runs.c.job_uid)
            .where(jobs.c.deleted_at.is_(None), runs.c.finished_at > since, runs.c.finished_at <= until)
            .where(~runs.c.dry_run)
            .order_by(runs.c.finished_at.desc(), runs.c.number.desc())
            .limit(limit)
        )
        with read(self._engine) as connection:
            return [PastRun(**row._mapping) for row in connection.execute(wanted)]

    def unrun(self, since: datetime, until: datetime, limit: int) -> list[Occurrence]:
        """Rows of live jobs that nothing came of and of which a slot lies in ``(since, until]``, newest first.

        A row is closed when its last slot is past, so the index of that moment leads to the few of a window.
        """
        wanted = (
            select(occurrences)
            .join(jobs, jobs.c.job_uid == occurrences.c.job_uid)
            .where(jobs.c.deleted_at.is_(None), occurrences.c.outcome.is_not(None))
            .where(occurrences.c.closed_at > since, occurrences.c.until > since, occurrences.c.due_at <= until)
            .where(~exists().where(runs.c.occurrence_id == occurrences.c.occurrence_id))
            .order_by(occurrences.c.due_at.desc(), occurrences.c.occurrence_id.desc())
            .limit(limit)
        )
        with read(self._engine) as connection:
            return [load_occurrence(row, ()) for row in connection.execute(wanted)]

    def durations(self, job_uids: Iterable[str], since: datetime | None = None) -> dict[str, Durations]:
        """How long the newest successes of each job took: a short walk along an index for each."""
        since = since or datetime.min.replace(tzinfo=UTC)
        each = runs.alias()
        oldest = (
            select(each.c.finished_at)
            .where(each.c.job_uid == jobs.c.job_uid, each.c.state == RunState.SUCCEEDED, each.c.finished_at > since)
            .where(~each.c.dry_run)
            .order_by(each.c.finished_at.desc())
            .offset(SAMPLE - 1)
            .limit(1)
            .correlate(jobs)
            .scalar_subquery()
        )
        wanted = (
            select(runs.c.job_uid, runs.c.seconds)
            .join(jobs, jobs.c.job_uid == runs.c.job_uid)
            .where(runs.c.state == RunState.SUCCEEDED, runs.c.finished_at > since, runs.c.seconds.is_not(None))
            .where(~runs.c.dry_run)
            .where(runs.c.finished_at >= func.coalesce(oldest, literal(since, UtcTime)))
        )
        samples: dict[str, list[float]] = {}
        with read(self._engine) as connection:
            for part in batches(list(job_uids)):
                for row in connection.execute(wanted.where(jobs.c.job_uid.in_(part))):
                    samples.setdefault(row.job_uid, []).append(row.seconds)
        return {uid: found for uid, sample in samples.items() if (found := Durations.of(sample))}

    def usage(self, job_uid: str, since: datetime) -> Usage:
        """What the runs of a job took that ended after ``since``: one walk along an index."""
        succeeded = case((runs.c.state == RunState.SUCCEEDED, 1), else_=0)
        wanted = select(
            func.count().label("runs"),
            func.coalesce(func.sum(succeeded), 0).label("succeeded"),
            func.coalesce(func.sum(runs.c.seconds), 0.0).label("seconds"),
            func.coalesce(func.sum(runs.c.cpu_seconds), 0.0).label("cpu_seconds"),
            func.coalesce(func.sum(runs.c.output_bytes), 0).label("output_bytes"),
            func.max(runs.c.peak_memory_bytes).label("peak_memory_bytes"),
            func.avg(runs.c.start_seconds).label("mean_start_seconds"),
            func.max(runs.c.start_seconds).label("longest_start_seconds"),
        ).where(runs.c.job_uid == job_uid, runs.c.finished_at > since)
        with read(self._engine) as connection:
            found = dict(connection.execute(wanted).one()._mapping)
        failed = found["runs"] - found.pop("succeeded")
        return Usage(since=since, failed=failed, **{**found, "output_bytes": int(found["output_bytes"])})

    def backlog(self, now: datetime) -> Backlog:
        """The runs that have not ended."""
        under_way = (
            select(runs.c.state, func.count().label("number"))
            .where(runs.c.state.in_((RunState.QUEUED, RunState.RUNNING)))
            .group_by(runs.c.state)
        )
        could_start = (runs.c.state == RunState.QUEUED, runs.c.not_before <= now, runs.c.trigger != Trigger.BACKFILL)
        oldest = select(func.min(runs.c.not_before)).where(*could_start)
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
            .where(runs.c.job_uid == jobs.c.job_uid, runs.c.state == RunState.SUCCEEDED, ~runs.c.dry_run)
            .correlate(jobs)
            .scalar_subquery()
        )
        wanted = select(jobs.c.job_id, jobs.c.job_type, newest.label("at")).where(jobs.c.deleted_at.is_(None))
        with read(self._engine) as connection:
            return [LastSuccess(**row._mapping) for row in connection.execute(wanted.order_by(jobs.c.job_key))]
