"""What was: applied versions, leaders and processes."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, delete, exists, func, or_, select

from tasks_service.adapters.sql.documents import load_manifest
from tasks_service.adapters.sql.engine import batches, read, write
from tasks_service.adapters.sql.tables import leaderships, lease, members, occurrences, runs, versions
from tasks_service.core.history import AppliedRevision, JobVersion, Lead, Leadership, Presence, Versions
from tasks_service.core.state import API_SOURCE, Origin

_KEPT_LEADERSHIPS = 50
_RENEWED = (
    select(func.coalesce(lease.c.renewed_at, lease.c.acquired_at))
    .where(lease.c.term == leaderships.c.term, lease.c.owner == leaderships.c.owner)
    .scalar_subquery()
)
_LEADERSHIPS = select(
    leaderships.c.term,
    leaderships.c.owner,
    leaderships.c.node,
    leaderships.c.pid,
    leaderships.c.since,
    func.coalesce(leaderships.c.until, _RENEWED, leaderships.c.since).label("until"),
    leaderships.c.ending,
)


class SqlHistory:
    """Implements ``HistoryStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def identity(self, job_id: str) -> str | None:
        """The uid of the job that has this id, ignoring case, else of the one that had it last."""
        wanted = (
            select(versions.c.job_uid)
            .where(versions.c.job_key == job_id.lower())
            .order_by(versions.c.ended_at.is_not(None), versions.c.version_id.desc())
            .limit(1)
        )
        with read(self._engine) as connection:
            found: str | None = connection.scalar(wanted)
        return found

    def versions(self, job_uid: str, moment: datetime) -> Versions:
        """The versions of a job around a moment."""
        own = select(versions).where(versions.c.job_uid == job_uid)
        newest_first = own.where(versions.c.applied_at < moment).order_by(
            versions.c.applied_at.desc(), versions.c.version_id.desc()
        )
        later = own.where(versions.c.applied_at >= moment).order_by(versions.c.applied_at, versions.c.version_id)
        with read(self._engine) as connection:
            earlier = [_version(row) for row in connection.execute(newest_first.limit(2))]
            after = connection.execute(later.limit(1)).one_or_none()
        present = earlier.pop(0) if earlier and earlier[0].governs(moment) else None
        return Versions(
            before=earlier[0] if earlier else None, present=present, after=_version(after) if after else None
        )

    def applied_at(self, moment: datetime) -> dict[str, JobVersion]:
        """By ``job_uid``: the versions that were in force right after that moment."""
        lasting = or_(versions.c.ended_at.is_(None), versions.c.ended_at > moment)
        wanted = select(versions).where(versions.c.applied_at <= moment, lasting).order_by(versions.c.version_id)
        with read(self._engine) as connection:
            return {row.job_uid: _version(row) for row in connection.execute(wanted)}

    def revisions(self, limit: int, job_uid: str = "") -> list[AppliedRevision]:
        """The revisions that changed a job, or that job, and what is known of them; the newest first."""
        first = func.min(versions.c.applied_at).label("applied_at")
        wanted = select(versions.c.revision, first, func.count().label("jobs")).where(versions.c.source != API_SOURCE)
        if job_uid:
            wanted = wanted.where(versions.c.job_uid == job_uid)
        newest = wanted.group_by(versions.c.revision).order_by(first.desc(), versions.c.revision).limit(limit)
        with read(self._engine) as connection:
            return [AppliedRevision(**row._mapping) for row in connection.execute(newest)]

    def versions_of(self, job_uids: Collection[str], digests: Collection[str]) -> dict[str, list[JobVersion]]:
        """By job, oldest first: the versions with one of these digests."""
        found: dict[str, list[JobVersion]] = {}
        with read(self._engine) as connection:
            for part in batches(sorted(job_uids), 400):
                wanted = select(versions).where(versions.c.job_uid.in_(part), versions.c.digest.in_(digests))
                for row in connection.execute(wanted.order_by(versions.c.applied_at, versions.c.version_id)):
                    found.setdefault(row.job_uid, []).append(_version(row))
        return found

    def lead(self, moment: datetime) -> Lead:
        """Who led around a moment."""
        past = _LEADERSHIPS.where(leaderships.c.since <= moment).order_by(leaderships.c.leadership_id.desc())
        later = _LEADERSHIPS.where(leaderships.c.since > moment).order_by(leaderships.c.leadership_id)
        with read(self._engine) as connection:
            before = connection.execute(past.limit(1)).one_or_none()
            after = connection.execute(later.limit(1)).one_or_none()
        return Lead(
            before=Leadership(**before._mapping) if before else None,
            after=Leadership(**after._mapping) if after else None,
        )

    def processes(self, since: datetime, until: datetime) -> list[Presence]:
        """Those that gave signs of life at any time in between, the oldest first."""
        wanted = (
            select(members.c.owner, members.c.node, members.c.pid, members.c.role)
            .add_columns(members.c.joined_at, members.c.seen_at, members.c.ending)
            .where(members.c.joined_at <= until, members.c.seen_at >= since)
            .order_by(members.c.joined_at, members.c.owner)
        )
        with read(self._engine) as connection:
            return [Presence(**row._mapping) for row in connection.execute(wanted)]

    def forget(self, before: datetime, keep_per_job: int, limit: int) -> int:
        """Drop what ended before that moment; returns how many versions went."""
        with write(self._engine) as connection:
            gone = _forgettable(connection, before, keep_per_job, limit)
            for part in batches(gone):
                connection.execute(delete(versions).where(versions.c.version_id.in_(part)))
            connection.execute(delete(members).where(members.c.ending.is_not(None), members.c.seen_at < before))
            newest = select(leaderships.c.leadership_id).order_by(leaderships.c.leadership_id.desc())
            kept = newest.limit(_KEPT_LEADERSHIPS).scalar_subquery()
            connection.execute(
                delete(leaderships).where(leaderships.c.until < before, leaderships.c.leadership_id.not_in(kept))
            )
        return len(gone)


def _forgettable(connection: Connection, before: datetime, keep_per_job: int, limit: int) -> list[int]:
    """Old versions that nothing in the ledger refers to, the newest of each job apart."""
    place = func.row_number().over(partition_by=versions.c.job_uid, order_by=versions.c.version_id.desc())
    ranked = select(versions, place.label("place")).subquery()
    refers = or_(
        *(
            exists().where(and_(rows.c.job_uid == ranked.c.job_uid, rows.c.digest == ranked.c.digest))
            for rows in (occurrences, runs)
        )
    )
    wanted = (
        select(ranked.c.version_id)
        .where(ranked.c.ended_at < before, ranked.c.place > keep_per_job, ~refers)
        .order_by(ranked.c.version_id)
        .limit(limit)
    )
    return list(connection.scalars(wanted))


def _version(row: Row[Any]) -> JobVersion:
    return JobVersion(
        job_uid=row.job_uid,
        manifest=load_manifest(row.manifest),
        origin=Origin(source=row.source, path=row.path, line=row.line),
        revision=row.revision,
        author=row.author,
        applied_at=row.applied_at,
        ended_at=row.ended_at,
        deleted=row.deleted,
        created=row.created,
    )
