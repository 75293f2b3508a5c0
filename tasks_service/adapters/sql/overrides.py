"""The override store: pauses and forced resumes."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, func, insert, or_, select, update

from tasks_service.adapters.sql.engine import read, write
from tasks_service.adapters.sql.ledger_rows import lock_jobs
from tasks_service.adapters.sql.tables import jobs, overrides
from tasks_service.core.errors import NotFound
from tasks_service.core.override import Override, OverrideKind
from tasks_service.core.stores import Standing

EXPIRY = "expiry"
"""Who ended an override whose time was over."""


class SqlOverrides:
    """Implements ``OverrideStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(
        self, job_uid: str, kind: OverrideKind, actor: str, reason: str, at: datetime, until: datetime | None
    ) -> tuple[Override, bool]:
        """Put an override in force; where one of that kind is in force already, it is returned with False."""
        values = {"job_uid": job_uid, "kind": kind, "actor": actor, "reason": reason, "created_at": at, "until": until}
        with write(self._engine) as connection:
            if not lock_jobs(connection, [job_uid]):
                raise NotFound("the job is not there yet, or no longer", hint="try again after the next sync")
            present = _in_force(connection, job_uid, kind, at)
            if present:
                return load_override(present), False
            row = connection.execute(insert(overrides).values(values).returning(overrides)).one()
        return load_override(row), True

    def end(self, job_uid: str, kind: OverrideKind, actor: str, at: datetime) -> Override | None:
        """End the override in force; None where there is none."""
        with write(self._engine) as connection:
            lock_jobs(connection, [job_uid])
            present = _in_force(connection, job_uid, kind, at)
            if present is None:
                return None
            row = connection.execute(
                update(overrides)
                .where(overrides.c.override_id == present.override_id)
                .values(ended_at=at, ended_by=actor)
                .returning(overrides)
            ).one()
        return load_override(row)

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

    def all(self, *, ended_since: datetime | None = None) -> dict[str, list[Override]]:
        """By ``job_uid``: those in force, and those ended since then if a moment is given."""
        wanted: ColumnElement[bool] = overrides.c.ended_at.is_(None)
        if ended_since is not None:
            wanted = or_(wanted, overrides.c.ended_at >= ended_since)
        found: dict[str, list[Override]] = {}
        with read(self._engine) as connection:
            for row in connection.execute(select(overrides).where(wanted).order_by(overrides.c.override_id)):
                found.setdefault(row.job_uid, []).append(load_override(row))
        return found

    def held_at(self, job_uid: str, moment: datetime) -> list[Override]:
        """The overrides of a job that were in force at that moment, whether they have ended since or not."""
        wanted = select(overrides).where(overrides.c.job_uid == job_uid, overrides.c.created_at <= moment)
        with read(self._engine) as connection:
            found = [load_override(row) for row in connection.execute(wanted.order_by(overrides.c.override_id))]
        return [override for override in found if override.holds_at(moment)]

    def standing(self, now: datetime) -> list[Standing]:
        """The overrides in force over live jobs, added up by kind; a kind without any is left out."""
        wanted = (
            select(overrides.c.kind, func.count().label("number"), func.min(overrides.c.created_at).label("oldest"))
            .join(jobs, jobs.c.job_uid == overrides.c.job_uid)
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
    return Override(**row._mapping)


def _in_force(connection: Connection, job_uid: str, kind: OverrideKind, at: datetime) -> Row[Any] | None:
    return connection.execute(
        select(overrides)
        .where(
            overrides.c.job_uid == job_uid,
            overrides.c.kind == kind,
            overrides.c.ended_at.is_(None),
            or_(overrides.c.until.is_(None), overrides.c.until > at),
        )
        .order_by(overrides.c.override_id)
    ).first()
