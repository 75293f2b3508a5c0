"""Reads that explain: what stood around a moment, and where a job began to fail."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select, true

from tasks_service.adapters.sql.engine import batches, read
from tasks_service.adapters.sql.ledger_reads import attempts_of
from tasks_service.adapters.sql.ledger_rows import LedgerPart, load_occurrence, load_run
from tasks_service.adapters.sql.tables import jobs, occurrences, runs
from tasks_service.core.run import Run, RunState
from tasks_service.core.stores import Neighbourhood, TurningPoint

_MINUTE = timedelta(minutes=1)
_NEAR = 50
"""So many rows before a moment are looked at for runs that were under way."""
_FAILED = (RunState.FAILED, RunState.TIMED_OUT)


class LedgerPast(LedgerPart):
    """The part of the ledger that looks back."""

    def neighbourhood(self, job_uid: str, moment: datetime) -> Neighbourhood:
        """The rows of a job around a moment."""
        own = select(occurrences).where(occurrences.c.job_uid == job_uid)
        by_hand = occurrences.c.slot.startswith("manual:")
        due = occurrences.c.due_at
        earlier = own.where(~by_hand, due <= moment).order_by(due.desc(), occurrences.c.occurrence_id.desc())
        later = own.where(~by_hand, due > moment).order_by(due, occurrences.c.occurrence_id)
        asked = own.where(by_hand, ~occurrences.c.dry_run, due >= moment, due < moment + _MINUTE).order_by(due)
        with read(self._engine) as connection:
            past = connection.execute(earlier.limit(2)).all()
            rows = [*past, *(future := connection.execute(later.limit(1)).all())]
            rows += (manual := connection.execute(asked.limit(10)).all())
            attempts = attempts_of(connection, [row.occurrence_id for row in rows])
        before, after, people = (
            [load_occurrence(row, attempts.get(row.occurrence_id, [])) for row in part]
            for part in (past, future, manual)
        )
        row = before.pop(0) if before and before[0].until >= moment else None
        return Neighbourhood(
            before=before[0] if before else None, row=row, after=after[0] if after else None, by_hand=tuple(people)
        )

    def under_way_at(self, job_uid: str, moment: datetime) -> list[Run]:
        """The runs of a job that were queued or running at that moment, in the order in which they were queued."""
        near = (
            select(occurrences.c.occurrence_id)
            .where(occurrences.c.job_uid == job_uid, occurrences.c.due_at <= moment)
            .order_by(occurrences.c.due_at.desc())
            .limit(_NEAR)
        )
        wanted = select(runs).where(
            runs.c.occurrence_id.in_(near.scalar_subquery()),
            ~runs.c.dry_run,
            runs.c.queued_at <= moment,
            or_(runs.c.finished_at.is_(None), runs.c.finished_at > moment),
        )
        with read(self._engine) as connection:
            return [load_run(row) for row in connection.execute(wanted.order_by(runs.c.number))]

    def turning_points(self, job_uids: Collection[str], until: datetime | None = None) -> dict[str, TurningPoint]:
        """Where those of these jobs began to fail that failed since their newest success."""
        found: dict[str, TurningPoint] = {}
        with read(self._engine) as connection:
            for part in batches(sorted(job_uids)):
                numbers = connection.execute(_turns(until).where(jobs.c.job_uid.in_(part))).all()
                pairs = [(row.success, row.failure) for row in numbers if row.failure is not None]
                wanted = select(runs).where(runs.c.number.in_([number for pair in pairs for number in pair]))
                known = {row.number: load_run(row) for row in connection.execute(wanted)}
                for success, failure in pairs:
                    turn = TurningPoint(success=known[success], failure=known[failure])
                    found[turn.failure.job_uid] = turn
        return found


def _turns(until: datetime | None) -> Select[tuple[int, int]]:
    """For each job the numbers of its newest success and of the first failure after it; NULL where there is none.

    In the order in which they ended: so both are the first entry of a stretch of an index.
    """
    good, bad = runs.alias(), runs.alias()
    ended = [run.c.finished_at <= until if until else true() for run in (good, bad)]
    successes = (
        select(good.c.number)
        .where(good.c.job_uid == jobs.c.job_uid, good.c.state == RunState.SUCCEEDED, ~good.c.dry_run, ended[0])
        .order_by(good.c.finished_at.desc(), good.c.number.desc())
        .limit(1)
        .correlate(jobs)
    )
    failures = (
        select(bad.c.number)
        .where(bad.c.job_uid == jobs.c.job_uid, bad.c.state.in_(_FAILED), ~bad.c.dry_run, ended[1])
        .where(bad.c.finished_at > successes.with_only_columns(good.c.finished_at).scalar_subquery())
        .order_by(bad.c.finished_at, bad.c.number)
        .limit(1)
        .correlate(jobs)
    )
    return select(
        successes.scalar_subquery().label("success"), failures.scalar_subquery().label("failure")
    ).select_from(jobs)
