"""Reads of the ledger."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, func, or_, select

from tasks_service.adapters.sql.engine import batches, read
from tasks_service.adapters.sql.ledger_rows import LedgerPart, load_occurrence, load_run, reaching_into
from tasks_service.adapters.sql.paging import Keyset
from tasks_service.adapters.sql.tables import jobs, occurrences, runs
from tasks_service.core.previous_success import PreviousSuccess
from tasks_service.core.run import Occurrence, Run, RunState, Trigger
from tasks_service.core.stores import OutcomeCount, Page, RunFilter

_RUNS = Keyset(name="runs", columns=(runs.c.number,))
_OCCURRENCES = Keyset(name="occurrences", columns=(occurrences.c.due_at, occurrences.c.occurrence_id))


class LedgerReads(LedgerPart):
    """The part of the ledger that answers questions."""

    def run(self, run_id: str) -> Run | None:
        """One run."""
        with read(self._engine) as connection:
            row = connection.execute(select(runs).where(runs.c.run_id == run_id)).one_or_none()
        return load_run(row) if row else None

    def previous_success(self, job_uid: str, before: datetime) -> PreviousSuccess | None:
        """Of the runs of a job that succeeded and were due before that moment, the one that was due last."""
        wanted = (
            select(runs.c.due_at, runs.c.finished_at, runs.c.result)
            .where(runs.c.job_uid == job_uid, runs.c.state == RunState.SUCCEEDED, runs.c.due_at < before)
            .where(~runs.c.dry_run)
            .order_by(runs.c.due_at.desc(), runs.c.number.desc())
            .limit(1)
        )
        with read(self._engine) as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            return None
        return PreviousSuccess(due_at=row.due_at, finished_at=row.finished_at, result=row.result or {})

    def runs(self, which: RunFilter, *, limit: int = 50, cursor: str | None = None) -> Page[Run]:
        """Runs, newest first."""
        wanted = select(runs).where(*_conditions(which))
        with read(self._engine) as connection:
            return _RUNS.page(connection, wanted, limit, cursor, load_run)

    def latest_runs(self, job_uids: Iterable[str], per_job: int) -> dict[str, list[Run]]:
        """The newest runs of each job, newest first; dry runs and queued backfills, which may be many, are left out."""
        earlier = runs.alias()
        oldest = (
            select(earlier.c.number)
            .where(earlier.c.job_uid == jobs.c.job_uid, *_begun_or_regular(earlier))
            .order_by(earlier.c.number.desc())
            .offset(per_job - 1)
            .limit(1)
            .correlate(jobs)
            .scalar_subquery()
        )
        wanted = (
            select(runs)
            .join(jobs, jobs.c.job_uid == runs.c.job_uid)
            .where(runs.c.number >= func.coalesce(oldest, 0), *_begun_or_regular(runs))
            .order_by(runs.c.number.desc())
        )
        found: dict[str, list[Run]] = {}
        with read(self._engine) as connection:
            for part in batches(list(job_uids)):
                for row in connection.execute(wanted.where(jobs.c.job_uid.in_(part))):
                    found.setdefault(row.job_uid, []).append(load_run(row))
        return found

    def newest_occurrences(self, job_uids: Iterable[str]) -> dict[str, Occurrence]:
        """The row of each job with the newest due time, without its runs."""
        each = occurrences.alias()
        newest = (
            select(each.c.occurrence_id)
            .where(each.c.job_uid == jobs.c.job_uid, ~each.c.dry_run)
            .order_by(each.c.due_at.desc(), each.c.occurrence_id.desc())
            .limit(1)
            .correlate(jobs)
            .scalar_subquery()
        )
        wanted = select(occurrences).join_from(jobs, occurrences, occurrences.c.occurrence_id == newest)
        with read(self._engine) as connection:
            rows = [
                row
                for part in batches(list(job_uids))
                for row in connection.execute(wanted.where(jobs.c.job_uid.in_(part)))
            ]
        return {row.job_uid: load_occurrence(row, ()) for row in rows}

    def occurrences(self, job_uid: str, *, limit: int = 50, cursor: str | None = None) -> Page[Occurrence]:
        """The rows of a job, newest due time first, with their runs."""
        wanted = select(occurrences).where(occurrences.c.job_uid == job_uid)
        with read(self._engine) as connection:
            page = _OCCURRENCES.page(connection, wanted, limit, cursor, lambda row: row)
            attempts = attempts_of(connection, [row.occurrence_id for row in page.items])
        items = tuple(load_occurrence(row, attempts.get(row.occurrence_id, [])) for row in page.items)
        return Page(items=items, total=page.total, next_cursor=page.next_cursor)

    def rows_between(self, job_uid: str, since: datetime, until: datetime) -> list[Occurrence]:
        """The rows of a job that reach into ``(since, until]``, by due time, without their runs."""
        with read(self._engine) as connection:
            return [load_occurrence(row, ()) for row in reaching_into(connection, job_uid, since, until)]

    def counts(self, since: datetime, until: datetime) -> list[OutcomeCount]:
        """Finished runs that ended in ``(since, until]``, by job, type and state."""
        job = (jobs.c.job_uid, jobs.c.job_id, runs.c.job_type, runs.c.state)
        wanted = (
            select(*job, func.count().label("runs"), func.coalesce(func.sum(runs.c.seconds), 0.0).label("seconds"))
            .join_from(runs, jobs, jobs.c.job_uid == runs.c.job_uid)
            .where(*_ended(since, until))
            .group_by(*job)
            .order_by(jobs.c.job_id, jobs.c.job_uid, runs.c.job_type, runs.c.state)
        )
        with read(self._engine) as connection:
            return [OutcomeCount(**row._mapping) for row in connection.execute(wanted)]

    def finished_between(self, since: datetime, until: datetime, limit: int) -> list[Run]:
        """Runs that ended in ``(since, until]``, oldest first."""
        wanted = select(runs).where(*_ended(since, until)).order_by(runs.c.finished_at, runs.c.number).limit(limit)
        with read(self._engine) as connection:
            return [load_run(row) for row in connection.execute(wanted)]


def _begun_or_regular(which: FromClause) -> tuple[ColumnElement[bool], ...]:
    return or_(which.c.trigger != Trigger.BACKFILL, which.c.state != RunState.QUEUED), ~which.c.dry_run


def _conditions(which: RunFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if which.job_uid is not None:
        conditions.append(runs.c.job_uid == which.job_uid)
    if which.states:
        conditions.append(runs.c.state.in_(sorted(which.states)))
    if which.since is not None:
        conditions.append(runs.c.queued_at >= which.since)
    return conditions


def _ended(since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    return [runs.c.finished_at > since, runs.c.finished_at <= until, ~runs.c.dry_run]


def attempts_of(connection: Connection, occurrence_ids: Sequence[int]) -> dict[int, list[Run]]:
    """The runs of these occurrences, by attempt."""
    found: dict[int, list[Run]] = {}
    wanted = select(runs).where(runs.c.occurrence_id.in_(occurrence_ids)).order_by(runs.c.attempt)
    rows: Iterable[Row[Any]] = connection.execute(wanted)
    for row in rows:
        found.setdefault(row.occurrence_id, []).append(load_run(row))
    return found
