"""Retention: what the ledger may forget."""

from datetime import datetime

from sqlalchemy import delete, func, select

from tasks_service.adapters.sql.engine import batches, write
from tasks_service.adapters.sql.ledger_rows import LedgerPart
from tasks_service.adapters.sql.tables import occurrences, output_blocks, run_artifacts, run_progress, runs
from tasks_service.core.run import Outcome

_FAILURES = (Outcome.FAILED, Outcome.TIMED_OUT, Outcome.LOST)


class LedgerRetention(LedgerPart):
    """The part of the ledger that forgets."""

    def forget(self, before: datetime, keep_per_job: int, limit: int) -> int:
        """Drop finished rows older than ``before`` with their runs and all that these left; returns how many went.

        The newest ``keep_per_job`` stay, counted among failures and among all others apart, so that no number of
        successes pushes a failure out; dry runs are counted by themselves, too.
        """
        failed = occurrences.c.outcome.in_(_FAILURES)
        place = func.row_number().over(
            partition_by=(occurrences.c.job_uid, failed, occurrences.c.dry_run),
            order_by=(occurrences.c.due_at.desc(), occurrences.c.occurrence_id.desc()),
        )
        ranked = (
            select(occurrences.c.occurrence_id, occurrences.c.closed_at, failed.label("failed"), place.label("place"))
            .where(occurrences.c.outcome.is_not(None))
            .subquery()
        )
        old = (
            select(ranked.c.occurrence_id)
            .where(ranked.c.closed_at < before, ranked.c.place > keep_per_job)
            .order_by(ranked.c.failed, ranked.c.closed_at, ranked.c.occurrence_id)
            .limit(limit)
        )
        with write(self._engine) as connection:
            gone = connection.scalars(old).all()
            for part in batches(gone):
                theirs = select(runs.c.run_id).where(runs.c.occurrence_id.in_(part))
                for left in (output_blocks, run_progress, run_artifacts):
                    connection.execute(delete(left).where(left.c.run_id.in_(theirs)))
                connection.execute(delete(occurrences).where(occurrences.c.occurrence_id.in_(part)))
        return len(gone)
