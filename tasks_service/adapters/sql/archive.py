"""The archive: the database as the second ledger uses it. Its jobs and the copies of its runs carry its name."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select, update

from tasks_service.adapters.sql.archive_folding import fold
from tasks_service.adapters.sql.documents import load_manifest
from tasks_service.adapters.sql.engine import batches, read, write
from tasks_service.adapters.sql.inventory import load_job
from tasks_service.adapters.sql.ledger import SqlLedger
from tasks_service.adapters.sql.ledger_claims import NOTHING_OPEN, ahead_of_cursors, overrides_in_question, under_way
from tasks_service.adapters.sql.ledger_rows import OWN, load_occurrence, load_run
from tasks_service.adapters.sql.tables import jobs, occurrences, runs
from tasks_service.core.backfill import Reclaim
from tasks_service.core.run import Outcome, Run, RunState
from tasks_service.core.state import InventoryJob
from tasks_service.core.stores import ClaimGround, Clearance, JobCursor, LedgerRow

SECOND = "redis"
_OPEN = (RunState.QUEUED, RunState.RUNNING)
_FORGOTTEN = "the second store forgot it before it was known to have started"


class SqlArchive:
    """Implements ``Archive``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._copies = SqlLedger(engine, SECOND)

    def grounds(self, job_uids: Sequence[str]) -> list[ClaimGround]:
        """Those of these jobs that are alive and kept by the second ledger."""
        found: list[ClaimGround] = []
        with read(self._engine) as connection:
            for part in batches(sorted(set(job_uids))):
                kept = (jobs.c.job_uid.in_(part), jobs.c.store == SECOND, jobs.c.deleted_at.is_(None))
                rows = connection.execute(select(jobs).where(*kept)).all()
                uids = [row.job_uid for row in rows]
                overrides = overrides_in_question(connection, rows)
                own, ahead = under_way(connection, uids, OWN), ahead_of_cursors(connection, uids)
                found += [
                    ClaimGround(
                        job=load_job(row),
                        overrides=overrides.get(row.job_uid, []),
                        under_way=own.get(row.job_uid, NOTHING_OPEN).runs,
                        waiting=own.get(row.job_uid, NOTHING_OPEN).waiting,
                        taken=frozenset(
                            other.due_at
                            for other in ahead.get(row.job_uid, [])
                            if other.outcome is not Outcome.SUPERSEDED
                        ),
                    )
                    for row in rows
                ]
        return found

    def kept(self) -> dict[str, datetime]:
        """The live jobs of the second ledger, by uid, with their cursors."""
        wanted = select(jobs.c.job_uid, jobs.c.cursor).where(jobs.c.store == SECOND, jobs.c.deleted_at.is_(None))
        with read(self._engine) as connection:
            return {row.job_uid: row.cursor for row in connection.execute(wanted)}

    def deleted(self, job_uids: Collection[str]) -> set[str]:
        """Those of these jobs that are deleted."""
        wanted = select(jobs.c.job_uid).where(jobs.c.deleted_at.is_not(None))
        with read(self._engine) as connection:
            return {
                uid
                for part in batches(sorted(job_uids))
                for uid in connection.scalars(wanted.where(jobs.c.job_uid.in_(part)))
            }

    def busy(self, job_uids: Collection[str]) -> set[str]:
        """Those of these jobs of which the database itself keeps a run that is queued or running."""
        with read(self._engine) as connection:
            return {uid for part in batches(sorted(job_uids)) for uid in under_way(connection, part, OWN)}

    def clearance(self, job_uid: str, run_id: str) -> Clearance:
        """What a start must know."""
        wanted = (
            select(jobs.c.manifest, jobs.c.deleted_at, runs.c.state)
            .join_from(jobs, runs, runs.c.run_id == run_id, isouter=True)
            .where(jobs.c.job_uid == job_uid)
        )
        with read(self._engine) as connection:
            row = connection.execute(wanted).one()
        return Clearance(
            manifest=load_manifest(row.manifest),
            deleted=row.deleted_at is not None,
            begun=row.state is not None and row.state is not RunState.QUEUED,
        )

    def owns(self, run_id: str) -> bool:
        """Whether the database itself keeps this run."""
        with read(self._engine) as connection:
            return connection.scalar(select(runs.c.store).where(runs.c.run_id == run_id)) == OWN

    def enqueue_manual(
        self, job: InventoryJob, run_id: str, parameters: Mapping[str, Any], actor: str, reason: str, at: datetime
    ) -> tuple[LedgerRow, bool]:
        """Record a run that a person asked for; the row, and whether it is new."""
        run, new = self._copies.record_manual(job, run_id, parameters, actor, reason, at)
        return self._rows([run])[0], new

    def reclaim(self, job: InventoryJob, slots: Sequence[datetime], how: Reclaim, at: datetime) -> list[LedgerRow]:
        """Record runs as ``Ledger.reclaim`` does."""
        return self._rows(self._copies.reclaim(job, slots, how, at))

    def withdraw(self, runs: Sequence[Run], reason: str, at: datetime) -> None:
        """Cancel recorded runs that the second ledger did not take."""
        for run in runs:
            self._copies.cancel_queued(run.run_id, "", reason, at)

    def fold(self, rows: Sequence[LedgerRow], cursors: Sequence[JobCursor]) -> None:
        """Bring the copies up to date, all in one transaction."""
        with write(self._engine) as connection:
            fold(connection, rows, cursors, SECOND)

    def open_copies(self, job_uids: Collection[str] | None = None) -> list[str]:
        """The ids of copied runs, of all or of these jobs, that are queued or running as far as the database knows."""
        wanted = select(runs.c.run_id).where(runs.c.store == SECOND, runs.c.state.in_(_OPEN))
        with read(self._engine) as connection:
            if job_uids is None:
                return list(connection.scalars(wanted))
            return [
                run_id
                for part in batches(sorted(job_uids))
                for run_id in connection.scalars(wanted.where(runs.c.job_uid.in_(part)))
            ]

    def adopt(self, run_ids: Sequence[str], at: datetime) -> None:
        """Take over copies of runs that the second ledger has forgotten."""
        with write(self._engine) as connection:
            for part in batches(run_ids):
                mine = (runs.c.run_id.in_(part), runs.c.store == SECOND)
                connection.execute(update(runs).where(*mine, runs.c.state == RunState.RUNNING).values(store=OWN))
                queued = (*mine, runs.c.state == RunState.QUEUED)
                rows = connection.scalars(select(runs.c.occurrence_id).where(*queued)).all()
                error = {"type": "Lost", "message": _FORGOTTEN, "traceback": ""}
                connection.execute(
                    update(runs).where(*queued).values(store=OWN, state=RunState.LOST, finished_at=at, error=error)
                )
                connection.execute(
                    update(occurrences)
                    .where(occurrences.c.occurrence_id.in_(rows))
                    .values(outcome=Outcome.LOST, reason=_FORGOTTEN, closed_at=at)
                )

    def _rows(self, recorded: Sequence[Run]) -> list[LedgerRow]:
        """What was recorded, with one run each."""
        wanted = select(runs).where(runs.c.run_id.in_([run.run_id for run in recorded])).order_by(runs.c.due_at)
        with read(self._engine) as connection:
            found = connection.execute(wanted).all()
            theirs = occurrences.c.occurrence_id.in_([run.occurrence_id for run in found])
            rows = {row.occurrence_id: row for row in connection.execute(select(occurrences).where(theirs))}
        return [
            LedgerRow(
                occurrence=load_occurrence(rows[run.occurrence_id], [load_run(run)]),
                exclusive=run.exclusive,
                closed_at=rows[run.occurrence_id].closed_at,
            )
            for run in found
        ]
