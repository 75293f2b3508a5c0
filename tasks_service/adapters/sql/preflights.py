"""Preflights in SQL: one row per job."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, delete, insert, select, update

from tasks_service.adapters.sql.engine import batches, read, write
from tasks_service.adapters.sql.tables import preflights
from tasks_service.core.preflight import Preflight, PreflightFinding, PreflightState


class SqlPreflights:
    """Implements ``PreflightStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, job_uids: Collection[str] | None = None) -> dict[str, Preflight]:
        """Those of these jobs, or of all, by uid; a job that has none is left out."""
        wanted = select(preflights)
        with read(self._engine) as connection:
            if job_uids is None:
                return {row.job_uid: _preflight(row) for row in connection.execute(wanted)}
            return {
                row.job_uid: _preflight(row)
                for part in batches(sorted(job_uids))
                for row in connection.execute(wanted.where(preflights.c.job_uid.in_(part)))
            }

    def record(self, found: Sequence[Preflight]) -> None:
        """Replace the rows; a wish that came after a preflight began stays."""
        if not found:
            return
        with write(self._engine) as connection:
            for part in batches(list(found)):
                named = preflights.c.job_uid.in_([one.job_uid for one in part])
                asked = {row.job_uid: row for row in connection.execute(select(preflights).where(named))}
                connection.execute(delete(preflights).where(named))
                connection.execute(insert(preflights), [_values(one, asked.get(one.job_uid)) for one in part])

    def ask(self, job_uid: str, actor: str, at: datetime) -> None:
        """Wish for one."""
        wish = {"asked_at": at, "asked_by": actor}
        with write(self._engine) as connection:
            changed = update(preflights).where(preflights.c.job_uid == job_uid).values(**wish)
            if not connection.execute(changed).rowcount:
                none = Preflight(job_uid=job_uid, state=PreflightState.WAITING)
                connection.execute(insert(preflights), [_values(none, None) | wish])

    def asked(self) -> list[str]:
        """The uids of the jobs with a wish, the oldest first."""
        wanted = select(preflights.c.job_uid).where(preflights.c.asked_at.is_not(None))
        with read(self._engine) as connection:
            return list(connection.scalars(wanted.order_by(preflights.c.asked_at, preflights.c.job_uid)))


def _values(found: Preflight, before: Row[Any] | None) -> dict[str, Any]:
    waits = before is not None and before.asked_at is not None and found.at is not None and before.asked_at > found.at
    return {
        "job_uid": found.job_uid,
        "state": found.state,
        "reason": found.reason,
        "findings": [finding.model_dump() for finding in found.findings],
        "digest": found.digest,
        "at": found.at,
        "seconds": found.seconds,
        "asked_at": before.asked_at if waits and before else None,
        "asked_by": before.asked_by if waits and before else "",
    }


def _preflight(row: Row[Any]) -> Preflight:
    return Preflight(**{**row._mapping, "findings": tuple(PreflightFinding(**found) for found in row.findings)})
