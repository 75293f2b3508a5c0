"""The rows of the ledger, to and from the core's types."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select

from tasks_service.adapters.sql.engine import batches
from tasks_service.adapters.sql.tables import jobs, occurrences, runs
from tasks_service.core.run import Occurrence, Outcome, Run, RunError, RunState, Trigger

Values = dict[str, Any]

OWN = "sql"
"""The store of what the database itself keeps."""

_RUN = tuple(field.name for field in fields(Run))


class LedgerPart:
    """What the parts of the ledger share: the engine, and the store whose jobs and runs they keep."""

    def __init__(self, engine: Engine, store: str = OWN) -> None:
        self._engine = engine
        self._store = store


def load_run(row: Row[Any]) -> Run:
    """A run from its row."""
    values = {name: row._mapping[name] for name in _RUN}
    values["error"] = RunError(**values["error"]) if values["error"] else None
    return Run(**values)


def load_occurrence(row: Row[Any], attempts: Sequence[Run]) -> Occurrence:
    """An occurrence from its row and its runs."""
    return Occurrence(
        job_uid=row.job_uid,
        job_id=row.job_id,
        slot=row.slot,
        due_at=row.due_at,
        until=row.until,
        count=row.slots,
        trigger=row.trigger,
        outcome=row.outcome,
        reason=row.reason,
        digest=row.digest,
        revision=row.revision,
        recorded_at=row.recorded_at,
        runs=tuple(attempts),
    )


def lock_jobs(connection: Connection, job_uids: Sequence[str]) -> dict[str, Row[Any]]:
    """The rows of these jobs by uid, tombstones included, kept from all other writers until the transaction ends.

    Always in the order of the uids, so that two claimers never wait for each other in a circle.
    """
    found: dict[str, Row[Any]] = {}
    for part in batches(sorted(set(job_uids))):
        wanted = select(jobs).where(jobs.c.job_uid.in_(part)).order_by(jobs.c.job_uid)
        found.update({row.job_uid: row for row in connection.execute(wanted.with_for_update(key_share=True))})
    return found


def reaching_into(connection: Connection, job_uid: str, since: datetime, until: datetime) -> Sequence[Row[Any]]:
    """The rows of a job that reach into ``(since, until]``, by due time; manual runs are left out."""
    wanted = (
        select(occurrences)
        .where(occurrences.c.job_uid == job_uid, occurrences.c.due_at <= until, occurrences.c.until > since)
        .where(~occurrences.c.slot.startswith("manual:"))
        .order_by(occurrences.c.due_at)
    )
    return connection.execute(wanted).all()


def occurrence_values(
    job: Row[Any],
    *,
    slot: str,
    due_at: datetime,
    at: datetime,
    trigger: Trigger,
    until: datetime | None = None,
    slots: int = 1,
    outcome: Outcome | None = None,
    reason: str = "",
) -> Values:
    """The row of an occurrence of a job as the inventory holds it."""
    return {
        "job_uid": job.job_uid,
        "job_id": job.job_id,
        "slot": slot,
        "due_at": due_at,
        "until": until or due_at,
        "slots": slots,
        "trigger": trigger,
        "outcome": outcome,
        "reason": reason,
        "digest": job.digest,
        "revision": job.revision,
        "recorded_at": at,
        "closed_at": at if outcome else None,
    }


def first_attempt(
    run_id: str,
    occurrence: Values,
    job_type: str,
    parameters: Mapping[str, Any],
    *,
    exclusive: bool,
    not_before: datetime,
    actor: str = "",
    store: str = OWN,
) -> Values:
    """The row of the first run of an occurrence that has its id already."""
    shared = ("occurrence_id", "job_uid", "job_id", "slot", "due_at", "trigger", "digest", "revision")
    return {name: occurrence[name] for name in shared} | {
        "run_id": run_id,
        "job_type": job_type,
        "attempt": 1,
        "state": RunState.QUEUED,
        "parameters": dict(parameters),
        "exclusive": exclusive,
        "queued_at": occurrence["recorded_at"],
        "not_before": not_before,
        "actor": actor,
        "store": store,
    }


def insert_occurrences(connection: Connection, rows: Sequence[Values]) -> None:
    """Write rows and fill in the ``occurrence_id`` of each."""
    if not rows:
        return
    wanted = insert(occurrences).returning(occurrences.c.occurrence_id, occurrences.c.job_uid, occurrences.c.slot)
    ids = {(row.job_uid, row.slot): row.occurrence_id for row in connection.execute(wanted, list(rows))}
    for row in rows:
        row["occurrence_id"] = ids[row["job_uid"], row["slot"]]


def insert_runs(connection: Connection, rows: Sequence[Values]) -> list[Run]:
    """Write rows; the runs as they now are."""
    if rows:
        connection.execute(insert(runs), list(rows))
    return [Run(**{name: row[name] for name in _RUN if name in row}) for row in rows]
