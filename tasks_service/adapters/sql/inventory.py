"""The inventory: the jobs as they were last applied."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, bindparam, insert, or_, select, update

from tasks_service.adapters.sql.documents import dump_manifest, load_manifest
from tasks_service.adapters.sql.engine import batches, read, write
from tasks_service.adapters.sql.ledger_rows import OWN, lock_jobs, occurrence_values
from tasks_service.adapters.sql.tables import jobs, occurrences, runs
from tasks_service.adapters.sql.versions import begin_versions, end_versions, refresh_versions
from tasks_service.core.firing import next_fire, past_date
from tasks_service.core.plan import Action, Create, Delete, Pause, Resume, Update
from tasks_service.core.run import Outcome, RunState, Trigger, slot_of
from tasks_service.core.state import DesiredJob, InventoryJob, Origin

Values = dict[str, Any]


class SqlInventory:
    """Implements ``InventoryStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def jobs(self, *, tombstones_since: datetime | None = None) -> list[InventoryJob]:
        """The live jobs, and those deleted since then if a moment is given, by id."""
        wanted: ColumnElement[bool] = jobs.c.deleted_at.is_(None)
        if tombstones_since is not None:
            wanted = or_(wanted, jobs.c.deleted_at >= tombstones_since)
        with read(self._engine) as connection:
            rows = connection.execute(select(jobs).where(wanted).order_by(jobs.c.job_key, jobs.c.job_uid)).all()
        return [load_job(row) for row in rows]

    def find(self, job_id: str) -> InventoryJob | None:
        """A live job by its id, ignoring case."""
        wanted = select(jobs).where(jobs.c.job_key == job_id.lower(), jobs.c.deleted_at.is_(None))
        with read(self._engine) as connection:
            row = connection.execute(wanted).one_or_none()
        return load_job(row) if row else None

    def of(self, job_uids: Collection[str]) -> dict[str, InventoryJob]:
        """Those of these jobs that are alive, by uid."""
        wanted = select(jobs).where(jobs.c.deleted_at.is_(None))
        with read(self._engine) as connection:
            return {
                row.job_uid: load_job(row)
                for part in batches(sorted(job_uids))
                for row in connection.execute(wanted.where(jobs.c.job_uid.in_(part)))
            }

    def refresh_digests(self) -> int:
        """Bring the recorded digests of the live jobs up to date; returns how many were not."""
        recorded = select(jobs.c.job_uid, jobs.c.manifest, jobs.c.digest).where(jobs.c.deleted_at.is_(None))
        with write(self._engine) as connection:
            current = [(row, load_manifest(row.manifest).digest) for row in connection.execute(recorded)]
            stale = [{"job_uid": row.job_uid, "digest": digest} for row, digest in current if digest != row.digest]
            _write(connection, stale)
            refresh_versions(connection, stale)
        return len(stale)

    def apply(self, actions: Sequence[Action], at: datetime, next_due: Mapping[str, datetime | None]) -> None:
        """Record actions that take effect at ``at``, all in one transaction.

        Names are given up before they are given: a new job may have the name that another one just left.
        """
        with write(self._engine) as connection:
            held = lock_jobs(connection, [a.job.job_uid for a in actions])
            for deletes in batches([a for a in actions if isinstance(a, Delete)]):
                _delete(connection, deletes, at)
            for updates in batches([a for a in actions if isinstance(a, Update)]):
                _update(connection, updates, held, at, next_due)
            for creates in batches([a for a in actions if isinstance(a, Create)]):
                _create(connection, creates, held, at, next_due)
            for turns in batches([a for a in actions if isinstance(a, Pause | Resume)]):
                _halt(connection, turns, held, next_due)


def load_job(row: Row[Any]) -> InventoryJob:
    """A job from its row."""
    return InventoryJob(
        job_uid=row.job_uid,
        manifest=load_manifest(row.manifest),
        origin=Origin(source=row.source, path=row.path, line=row.line),
        revision=row.revision,
        applied_at=row.applied_at,
        cursor=row.cursor,
        next_due=row.next_due,
        halted=row.halted,
        deleted_at=row.deleted_at,
    )


def _definition(job: DesiredJob, at: datetime) -> Values:
    return {
        "job_uid": job.job_uid,
        "job_id": job.manifest.job_id,
        "job_key": job.manifest.key,
        "job_type": job.manifest.job_type,
        "manifest": dump_manifest(job.manifest),
        "digest": job.manifest.digest,
        "source": job.origin.source,
        "path": job.origin.path,
        "line": job.origin.line,
        "revision": job.revision,
        "applied_at": at,
        "store": job.manifest.store,
    }


def _version(job: DesiredJob, at: datetime) -> Values:
    """What the history keeps of a definition."""
    definition = _definition(job, at) | {"author": job.author}
    return {name: value for name, value in definition.items() if name not in ("job_id", "job_type", "store")}


def _create(
    connection: Connection,
    actions: Sequence[Create],
    held: Mapping[str, Row[Any]],
    at: datetime,
    next_due: Mapping[str, datetime | None],
) -> None:
    """Add the jobs; a tombstone is revived instead, and its cursor never goes back."""
    new: list[Values] = []
    revived: list[Values] = []
    for action in actions:
        uid = action.job.job_uid
        cursor = max(at, held[uid].cursor) if uid in held else at
        values = _definition(action.job, at) | {
            "cursor": cursor,
            "next_due": _beyond(cursor, next_due.get(uid), action.job),
            "halted": action.job.halted,
            "deleted_at": None,
        }
        (revived if uid in held else new).append(values)
    if new:
        connection.execute(insert(jobs), new)
        _record_past_dates(connection, [a.job for a in actions if a.job.job_uid not in held], at)
    _write(connection, revived)
    begin_versions(connection, [_version(action.job, at) | {"created": True} for action in actions])


def _record_past_dates(connection: Connection, new: Iterable[DesiredJob], at: datetime) -> None:
    """A date that has passed when its job is first applied causes no run, and is not forgotten either."""
    passed = {job.job_uid: due for job in new if (due := past_date(job.manifest.schedule, at))}
    for row in connection.execute(select(jobs).where(jobs.c.job_uid.in_(passed))).all() if passed else ():
        values = occurrence_values(
            row,
            slot=slot_of(passed[row.job_uid]),
            due_at=passed[row.job_uid],
            trigger=Trigger.SCHEDULE,
            outcome=Outcome.MISSED_DEADLINE,
            reason="the date had passed when the job was first applied",
            at=at,
        )
        connection.execute(insert(occurrences), values)


def _update(
    connection: Connection,
    actions: Iterable[Update],
    held: Mapping[str, Row[Any]],
    at: datetime,
    next_due: Mapping[str, datetime | None],
) -> None:
    changed, superseded, versions = [], [], []
    for action in actions:
        row = held.get(action.job.job_uid)
        if row is None:
            continue
        cursor = max(at, row.cursor) if action.reschedules else row.cursor
        due = _beyond(cursor, next_due.get(row.job_uid, row.next_due), action.job)
        changed.append(_definition(action.job, at) | {"cursor": cursor, "next_due": due})
        if action.reschedules and row.next_due and row.next_due > cursor and row.next_due != due:
            superseded.append(_superseded(row, at))
        versions.append(_version(action.job, at) | {"created": False})
    _write(connection, changed)
    end_versions(connection, [version["job_uid"] for version in versions], at)
    begin_versions(connection, versions)
    _supersede(connection, superseded)


def _beyond(cursor: datetime, due: datetime | None, job: DesiredJob) -> datetime | None:
    """The next fire to publish: after the cursor, too, where the clock was put back behind it."""
    return due if due is None or due > cursor else next_fire(job.manifest.schedule, cursor)


def _superseded(row: Row[Any], at: datetime) -> Values:
    """The published next fire that an edit drops; it belongs to the definition that is replaced."""
    return occurrence_values(
        row,
        slot=slot_of(row.next_due),
        due_at=row.next_due,
        trigger=Trigger.SCHEDULE,
        outcome=Outcome.SUPERSEDED,
        reason="the schedule was changed before it was due",
        at=at,
    )


def _supersede(connection: Connection, rows: Sequence[Values]) -> None:
    if not rows:
        return
    uids = [row["job_uid"] for row in rows]
    wanted = select(occurrences.c.job_uid, occurrences.c.slot).where(
        occurrences.c.job_uid.in_(uids), occurrences.c.slot.in_([row["slot"] for row in rows])
    )
    present = {(row.job_uid, row.slot) for row in connection.execute(wanted)}
    new = [row for row in rows if (row["job_uid"], row["slot"]) not in present]
    if new:
        connection.execute(insert(occurrences), new)


def _halt(
    connection: Connection,
    actions: Iterable[Pause | Resume],
    held: Mapping[str, Row[Any]],
    next_due: Mapping[str, datetime | None],
) -> None:
    _write(
        connection,
        [
            {
                "job_uid": uid,
                "halted": isinstance(action, Pause),
                "next_due": _beyond(held[uid].cursor, next_due.get(uid, held[uid].next_due), action.job),
            }
            for action in actions
            if (uid := action.job.job_uid) in held
        ],
    )


def _delete(connection: Connection, actions: Iterable[Delete], at: datetime) -> None:
    """Turn jobs into tombstones; what is queued ends, what runs goes on."""
    uids = [action.job.job_uid for action in actions]
    if not uids:
        return
    queued = [runs.c.job_uid.in_(uids), runs.c.store == OWN, runs.c.state == RunState.QUEUED]
    reason = "the job was deleted"
    closed = [row.occurrence_id for row in connection.execute(select(runs.c.occurrence_id).where(*queued))]
    connection.execute(
        update(runs).where(*queued).values(state=RunState.CANCELLED, finished_at=at, cancel_reason=reason)
    )
    connection.execute(
        update(occurrences)
        .where(occurrences.c.occurrence_id.in_(closed))
        .values(outcome=Outcome.CANCELLED, reason=reason, closed_at=at)
    )
    connection.execute(
        update(jobs).where(jobs.c.job_uid.in_(uids), jobs.c.deleted_at.is_(None)).values(deleted_at=at, next_due=None)
    )
    end_versions(connection, uids, at, deleted=True)


def _write(connection: Connection, rows: Sequence[Values]) -> None:
    """Update jobs by uid; every row names the same columns."""
    if not rows:
        return
    columns = [name for name in rows[0] if name != "job_uid"]
    changed = update(jobs).where(jobs.c.job_uid == bindparam("uid")).values({name: bindparam(name) for name in columns})
    connection.execute(changed, [{"uid": row["job_uid"], **{name: row[name] for name in columns}} for row in rows])
