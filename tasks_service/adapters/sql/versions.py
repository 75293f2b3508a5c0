"""The versions of the jobs, written in the transaction that applies them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update

from tasks_service.adapters.sql.tables import versions


def begin_versions(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Note definitions that come into force."""
    if rows:
        connection.execute(insert(versions).values(deleted=False), list(rows))


def end_versions(connection: Connection, job_uids: Sequence[str], at: datetime, *, deleted: bool = False) -> None:
    """Note that what was in force of these jobs is so no longer."""
    if job_uids:
        wanted = update(versions).where(versions.c.job_uid.in_(job_uids), versions.c.ended_at.is_(None))
        connection.execute(wanted.values(ended_at=at, deleted=deleted))


def refresh_versions(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Give the versions in force the digests that their jobs have now."""
    if rows:
        wanted = update(versions).where(versions.c.job_uid == bindparam("uid"), versions.c.ended_at.is_(None))
        changed = wanted.values(digest=bindparam("now"))
        connection.execute(changed, [{"uid": row["job_uid"], "now": row["digest"]} for row in rows])
