"""The override store."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, func, insert, or_, select, text, update

from tasks_service.adapters.sql.engine import read, write
from tasks_service.adapters.sql.ledger_rows import lock_jobs
from tasks_service.adapters.sql.tables import jobs, overrides
from tasks_service.core.errors import NotFound
from tasks_service.core.override import Override, OverrideKind, OverrideSet
from tasks_service.core.stores import Standing

EXPIRY = "expiry"
"""Who ended an override whose time was over."""


class SqlOverrides:
    """Implements ``OverrideStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(
        self,
        job_uid: str,
        kind: OverrideKind,
        actor: str,
        reason: str,
        at: datetime,
        until: datetime | None,
        *,
        labels: Mapping[str, str] | None = None,
        revision: str = "",
        as_of: datetime | None = None,
    ) -> tuple[Override, bool]:
        """Put an override in force; where one of that kind and reach is in force already, it is returned with False."""
        scope = {"job_uid": job_uid or None, "labels": dict(labels or {})}
        term = {"created_at": at, "until": until, "revision": revision, "as_of": as_of}
        with write(self._engine) as connection:
            if job_uid and not lock_jobs(connection, [job_uid]):
                raise NotFound("the job is not there yet, or no longer", hint="try again after the next sync")
            if not job_uid:
                lock_overrides(connection)
            present = next((o for o in _in_force(connection, job_uid, kind, at) if o.labels == scope["labels"]), None)
            if present:
                return present, False
            values = {"kind": kind, "actor": actor, "reason": reason, **scope, **term}
            row = connection.execute(insert(overrides).values(values).returning(overrides)).one()
        return load_override(row), True

    def release(self, override_id: int, actor: str, at: datetime) -> Override | None:
        """End an override of any reach; None where it is not in force."""
        with write(self._engine) as connection:
            return _ended(connection, override_id, actor, at)

    def end(self, job_uid: str, kind: OverrideKind, actor: str, at: datetime) -> Override | None:
        """End what is in force of that kind for one job alone; None where there is nothing."""
        with write(self._engine) as connection:
            lock_jobs(connection, [job_uid])
            present = next(iter(_in_force(connection, job_uid, kind, at)), None)
            return _ended(connection, present.override_id, actor, at) if present else None

    def expire(self, now: datetime) -> list[Override]:
        """Mark those whose ``until`` has passed as ended by ``expiry``; returns the newly ended."""
        over = [overrides.c.ended_at.is_(None), overrides.c.until <= now]
        with read(self._engine) as connection:
            if connection.execute(select(overrides.c.override_id).where(*over).limit(1)).first() is None:
                return []
        with write(self._engine) as connection:
            rows = connection.execute(
                update(overrides).where(*over).values(ended_at=overrides.c.until, ended_by=EXPIRY).returning(overrides)
            ).all()
        return sorted((load_override(row) for row in rows), key=lambda o: o.override_id)

    def next_expiry(self, after: datetime) -> datetime | None:
        """The earliest ``until`` in force."""
        wanted = select(func.min(overrides.c.until)).where(overrides.c.ended_at.is_(None), overrides.c.until > after)
        with read(self._engine) as connection:
            moment: datetime | None = connection.scalar(wanted)
        return moment

    def all(self, *, ended_since: datetime | None = None) -> OverrideSet:
        """Those in force, and those ended since then if a moment is given; the oldest first."""
        wanted: ColumnElement[bool] = overrides.c.ended_at.is_(None)
        if ended_since is not None:
            wanted = or_(wanted, overrides.c.ended_at >= ended_since)
        return OverrideSet(tuple(self._found(wanted)))

    def find(self, override_id: int) -> Override | None:
        """One of them, in force or ended."""
        return next(iter(self._found(overrides.c.override_id == override_id)), None)

    def held_at(self, job_uid: str, moment: datetime) -> OverrideSet:
        """What may have concerned a job at that moment: its own that were in force then, and all that reach further."""
        own = or_(overrides.c.job_uid == job_uid, overrides.c.job_uid.is_(None))
        found = self._found(and_(own, overrides.c.created_at <= moment))
        return OverrideSet(tuple(override for override in found if override.holds_at(moment)))

    def _found(self, wanted: ColumnElement[bool]) -> list[Override]:
        with read(self._engine) as connection:
            rows = connection.execute(select(overrides).where(wanted).order_by(overrides.c.override_id)).all()
        return [load_override(row) for row in rows]

    def standing(self, now: datetime) -> list[Standing]:
        """The overrides in force, those of deleted jobs apart, added up by kind; a kind without any is left out."""
        wanted = (
            select(overrides.c.kind, func.count().label("number"), func.min(overrides.c.created_at).label("oldest"))
            .join(jobs, jobs.c.job_uid == overrides.c.job_uid, isouter=True)
            .where(
                jobs.c.deleted_at.is_(None),
                overrides.c.ended_at.is_(None),
                overrides.c.created_at <= now,
                or_(overrides.c.until.is_(None), overrides.c.until > now),
            )
            .group_by(overrides.c.kind)
        )
        with read(self._engine) as connection:
            rows = connection.execute(wanted).all()
        return [Standing(kind=row.kind, count=row.number, oldest=row.oldest) for row in rows]


def load_override(row: Row[Any]) -> Override:
    """An override from its row."""
    return Override(**{**row._mapping, "job_uid": row.job_uid or ""})


def lock_overrides(connection: Connection) -> None:
    """Let nobody else put an override that concerns many jobs in force until this transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE overrides IN SHARE ROW EXCLUSIVE MODE"))


def _in_force(connection: Connection, job_uid: str, kind: OverrideKind, at: datetime) -> list[Override]:
    """Those of a kind for one job alone, or of any wider reach where no job is named; the oldest first."""
    wanted = select(overrides).where(
        overrides.c.job_uid == job_uid if job_uid else overrides.c.job_uid.is_(None),
        overrides.c.kind == kind,
        overrides.c.ended_at.is_(None),
        or_(overrides.c.until.is_(None), overrides.c.until > at),
    )
    return [load_override(row) for row in connection.execute(wanted.order_by(overrides.c.override_id))]


def _ended(connection: Connection, override_id: int, actor: str, at: datetime) -> Override | None:
    row = connection.execute(
        update(overrides)
        .where(
            overrides.c.override_id == override_id,
            overrides.c.ended_at.is_(None),
            or_(overrides.c.until.is_(None), overrides.c.until > at),
        )
        .values(ended_at=at, ended_by=actor)
        .returning(overrides)
    ).one_or_none()
    return load_override(row) if row else None
