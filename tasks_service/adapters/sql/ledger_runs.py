"""The life of a run: ready, started, ended, tried again, cancelled. Every step is a compare-and-set."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Subquery,
    and_,
    exists,
    false,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from tasks_service.adapters.sql.documents import load_manifest
from tasks_service.adapters.sql.engine import read, write
from tasks_service.adapters.sql.ledger_rows import LedgerPart, load_run, lock_jobs
from tasks_service.adapters.sql.tables import jobs, occurrences, runs
from tasks_service.core.run import Outcome, Run, RunResult, RunState, Trigger
from tasks_service.core.stores import Started

_RETRIED = (
    *("occurrence_id", "job_uid", "job_id", "job_type", "slot", "due_at", "trigger"),
    *("digest", "revision", "parameters", "exclusive", "actor", "store"),
)


class LedgerRuns(LedgerPart):
    """The part of the ledger that carries runs from queued to their end."""

    def ready(self, now: datetime, limit: int, sent_before: datetime | None = None) -> list[Run]:
        """Queued runs whose ``not_before`` has come, by due time; see the port for what overlap holds back."""
        filling = runs.c.trigger == Trigger.BACKFILL
        place = func.row_number().over(
            partition_by=(runs.c.job_uid, runs.c.exclusive, filling), order_by=(runs.c.due_at, runs.c.number)
        )
        due = (runs.c.store == self._store, runs.c.state == RunState.QUEUED, runs.c.not_before <= now)
        waiting = select(runs, place.label("place"), filling.label("filling")).where(*due).subquery()
        regular = or_(~waiting.c.exclusive, and_(waiting.c.place == 1, ~_held(waiting, sent_before)))
        last = and_(waiting.c.place == 1, ~_gives_way(waiting, now), ~_filling(self._store, sent_before))
        wanted = (
            select(waiting)
            .where(or_(and_(~waiting.c.filling, regular), and_(waiting.c.filling, last)))
            .where(or_(waiting.c.sent_at.is_(None), waiting.c.sent_at < sent_before) if sent_before else true())
            .order_by(waiting.c.filling, waiting.c.due_at, waiting.c.number)
            .limit(limit)
        )
        with read(self._engine) as connection:
            return [load_run(row) for row in connection.execute(wanted)]

    def next_ready(self, after: datetime) -> datetime | None:
        """The earliest ``not_before`` of a queued run that lies after that moment."""
        queued = [runs.c.store == self._store, runs.c.state == RunState.QUEUED]
        wanted = select(func.min(runs.c.not_before)).where(*queued, runs.c.not_before > after)
        with read(self._engine) as connection:
            moment: datetime | None = connection.scalar(wanted)
        return moment

    def sent(self, run_ids: Sequence[str], at: datetime) -> None:
        """Note that queued runs were sent to workers; whoever starts one wins it."""
        if not run_ids:
            return
        noted = update(runs).where(runs.c.run_id.in_(run_ids), runs.c.state == RunState.QUEUED).values(sent_at=at)
        with write(self._engine) as connection:
            connection.execute(noted)

    def start(self, run_id: str, owner: str, node: str, at: datetime) -> Started | None:
        """Compare-and-set ``queued`` → ``running``; None where somebody else was faster or it was cancelled."""
        changed = (
            update(runs)
            .where(*self._one(run_id, RunState.QUEUED))
            .values(state=RunState.RUNNING, owner=owner, node=node, started_at=at)
            .returning(runs)
        )
        with write(self._engine) as connection:
            row = connection.execute(changed).one_or_none()
            if row is None:
                return None
            manifest = connection.scalars(select(jobs.c.manifest).where(jobs.c.job_uid == row.job_uid)).one()
            return Started(run=load_run(row), manifest=load_manifest(manifest))

    def finish(
        self, result: RunResult, owner: str, at: datetime, retry_at: datetime | None = None, reason: str = ""
    ) -> Run | None:
        """Compare-and-set ``running`` of that owner → a final state; None where the row is no longer ours."""
        ours = [*self._one(result.run_id, RunState.RUNNING), runs.c.owner == owner]
        with write(self._engine) as connection:
            row = connection.execute(select(runs).where(*ours).with_for_update()).one_or_none()
            if row is None:
                return None
            ended = connection.execute(
                update(runs).where(runs.c.run_id == result.run_id).values(_ended(row, result, at)).returning(runs)
            ).one()
            if retry_at and not row.cancel_requested_by and _alive(connection, row.job_uid):
                connection.execute(insert(runs).values(_next_attempt(row, at, retry_at)))
            else:
                _close(connection, row.occurrence_id, Outcome(result.state.value), reason, at)
            return load_run(ended)

    def orphans(self, owners: Collection[str]) -> list[Run]:
        """Runs that are ``running`` and belong to none of these."""
        return self._running(runs.c.owner.not_in(sorted(owners)))

    def running_of(self, owner: str) -> list[Run]:
        """The owner's running runs; ``cancel_requested_by`` says which of them somebody asked to cancel."""
        return self._running(runs.c.owner == owner)

    def cancel_queued(self, run_id: str, actor: str, reason: str, at: datetime) -> bool:
        """Compare-and-set ``queued`` → ``cancelled``; closes the occurrence."""
        changed = (
            update(runs)
            .where(*self._one(run_id, RunState.QUEUED))
            .values(state=RunState.CANCELLED, finished_at=at, cancel_requested_by=actor, cancel_reason=reason)
            .returning(runs.c.occurrence_id)
        )
        with write(self._engine) as connection:
            occurrence_id = connection.scalar(changed)
            if occurrence_id is not None:
                _close(connection, occurrence_id, Outcome.CANCELLED, reason, at)
        return occurrence_id is not None

    def request_cancel(self, run_id: str, actor: str, reason: str) -> bool:
        """Ask the owner of a running run to end it; False where it is not running."""
        changed = (
            update(runs)
            .where(*self._one(run_id, RunState.RUNNING))
            .values(cancel_requested_by=actor, cancel_reason=reason)
        )
        with write(self._engine) as connection:
            return connection.execute(changed).rowcount == 1

    def _one(self, run_id: str, state: RunState) -> list[ColumnElement[bool]]:
        """A run of this store in this state."""
        return [runs.c.run_id == run_id, runs.c.store == self._store, runs.c.state == state]

    def _running(self, which: Any) -> list[Run]:
        running = [runs.c.store == self._store, runs.c.state == RunState.RUNNING]
        wanted = select(runs).where(*running, which).order_by(runs.c.number)
        with read(self._engine) as connection:
            return [load_run(row) for row in connection.execute(wanted)]


def _held(waiting: Subquery, sent_before: datetime | None) -> ColumnElement[bool]:
    """Whether a run of the same job is running, an earlier occurrence is to be tried again, or a worker may just be
    beginning a backfill of it."""
    other = runs.alias()
    tried = and_(
        *(other.c.state == RunState.QUEUED, other.c.exclusive, other.c.attempt > 1),
        *(other.c.trigger != Trigger.BACKFILL, other.c.due_at < waiting.c.due_at),
    )
    busy = or_(_working(other), tried, _sent_backfill(other, sent_before))
    return exists().where(other.c.job_uid == waiting.c.job_uid, busy)


def _gives_way(waiting: Subquery, now: datetime) -> ColumnElement[bool]:
    """Whether a run of the same job is running, or one that is no backfill could start now."""
    other = runs.alias()
    queued = and_(other.c.state == RunState.QUEUED, ~other.c.dry_run)
    regular = and_(queued, other.c.trigger != Trigger.BACKFILL, other.c.not_before <= now)
    return exists().where(other.c.job_uid == waiting.c.job_uid, or_(_working(other), regular))


def _working(other: FromClause) -> ColumnElement[bool]:
    """Whether a run does its job's work now; a dry run does none."""
    return and_(other.c.state == RunState.RUNNING, ~other.c.dry_run)


def _filling(store: str, sent_before: datetime | None) -> ColumnElement[bool]:
    """Whether a backfill is under way, of whichever job: there is one at a time."""
    other = runs.alias()
    running = and_(other.c.state == RunState.RUNNING, other.c.trigger == Trigger.BACKFILL)
    return exists().where(other.c.store == store, or_(running, _sent_backfill(other, sent_before)))


def _sent_backfill(other: FromClause, sent_before: datetime | None) -> ColumnElement[bool]:
    if sent_before is None:
        return false()
    sent = (other.c.state == RunState.QUEUED, other.c.sent_at >= sent_before)
    return and_(other.c.trigger == Trigger.BACKFILL, *sent)


def _ended(row: Row[Any], result: RunResult, at: datetime) -> dict[str, Any]:
    return {
        "state": result.state,
        "finished_at": at,
        "seconds": max(0.0, (at - row.started_at).total_seconds()),  # a clock that was set back makes it 0
        "result": result.result,
        "error": result.error.model_dump() if result.error else None,
        "exit_code": result.exit_code,
        "signal": result.signal,
        "cpu_seconds": result.cpu_seconds,
        "peak_memory_bytes": result.peak_memory_bytes,
        "output_bytes": result.output_bytes,
        "isolation": result.isolation,
        "start_seconds": result.start_seconds,
    }


def _next_attempt(row: Row[Any], at: datetime, not_before: datetime) -> dict[str, Any]:
    return {name: row._mapping[name] for name in _RETRIED} | {
        "run_id": uuid4().hex,
        "attempt": row.attempt + 1,
        "state": RunState.QUEUED,
        "queued_at": at,
        "not_before": not_before,
    }


def _alive(connection: Connection, job_uid: str) -> bool:
    """A deleted job is not tried again: its deletion ended what was queued."""
    return lock_jobs(connection, [job_uid])[job_uid].deleted_at is None


def _close(connection: Connection, occurrence_id: int, outcome: Outcome, reason: str, at: datetime) -> None:
    """Give an occurrence its outcome. A success keeps the reason for which it ran."""
    said = {"reason": reason} if reason else {}
    connection.execute(
        update(occurrences)
        .where(occurrences.c.occurrence_id == occurrence_id)
        .values(outcome=outcome, closed_at=at, **said)
    )
