"""The manifest store: the definitions that were created by REST."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from tasks_service.adapters.sql.documents import dump_manifest, load_manifest
from tasks_service.adapters.sql.engine import read, write
from tasks_service.adapters.sql.tables import archived_manifests, manifests
from tasks_service.core.errors import Conflict
from tasks_service.core.state import API_SOURCE, Origin, Sourced
from tasks_service.core.stores import ApiManifest


class SqlManifests:
    """Implements ``ManifestStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> list[ApiManifest]:
        """Those that are neither deleted nor archived, by id."""
        wanted = select(manifests).where(manifests.c.deleted_at.is_(None)).order_by(manifests.c.job_key)
        with read(self._engine) as connection:
            return [_manifest(row) for row in connection.execute(wanted)]

    def find(self, job_id: str) -> ApiManifest | None:
        """One by its id, ignoring case."""
        wanted = select(manifests).where(manifests.c.job_key == job_id.lower(), manifests.c.deleted_at.is_(None))
        with read(self._engine) as connection:
            row = connection.execute(wanted).one_or_none()
        return _manifest(row) if row else None

    def put(
        self, sourced: Sourced, document: Mapping[str, Any], actor: str, at: datetime, expected: int | None
    ) -> ApiManifest:
        """Create (``expected`` 0), replace (``expected`` the version held), or either (None); else ``Conflict``."""
        key = sourced.manifest.key
        values = {
            "document": dict(document),
            "manifest": dump_manifest(sourced.manifest),
            "updated_at": at,
            "actor": actor,
        }
        with write(self._engine) as connection:
            row = _held(connection, key)
            version = row.version if row and not row.deleted_at else 0
            if expected is not None and expected != version:
                raise _unexpected(sourced.manifest.job_id, version, expected)
            if row is None:
                values |= {"job_key": key, "version": 1, "created_at": at}
                return _manifest(connection.execute(insert(manifests).values(values).returning(manifests)).one())
            # Versions go on after a deletion: an old ETag must not match the new definition.
            values |= {"version": row.version + 1, "deleted_at": None}
            values |= {"created_at": at if row.deleted_at else row.created_at}
            changed = update(manifests).where(manifests.c.job_key == key).values(values).returning(manifests)
            return _manifest(connection.execute(changed).one())

    def delete(self, job_id: str, actor: str, at: datetime) -> bool:
        """Delete by name; False where there is none. The row stays as the mark that somebody asked for it."""
        change = (
            update(manifests)
            .where(manifests.c.job_key == job_id.lower(), manifests.c.deleted_at.is_(None))
            .values(deleted_at=at, updated_at=at, actor=actor)
        )
        with write(self._engine) as connection:
            return connection.execute(change).rowcount == 1

    def archive(self, job_id: str, at: datetime, reason: str) -> None:
        """Put a copy aside because a file took the job over."""
        with write(self._engine) as connection:
            row = _held(connection, job_id.lower())
            if row is None or row.deleted_at:
                return
            copied = ("job_key", "document", "version", "actor", "updated_at")
            kept = {name: row._mapping[name] for name in copied}
            connection.execute(insert(archived_manifests).values(kept | {"archived_at": at, "reason": reason}))
            connection.execute(delete(manifests).where(manifests.c.job_key == row.job_key))

    def deleted_keys(self) -> frozenset[str]:
        """Keys (lower case) that were deleted by name, until a definition of that name is put again."""
        with read(self._engine) as connection:
            wanted = select(manifests.c.job_key).where(manifests.c.deleted_at.is_not(None))
            return frozenset(connection.scalars(wanted))


def _held(connection: Connection, key: str) -> Row[Any] | None:
    wanted = select(manifests).where(manifests.c.job_key == key).with_for_update()
    return connection.execute(wanted).one_or_none()


def _manifest(row: Row[Any]) -> ApiManifest:
    manifest = load_manifest(row.manifest)
    return ApiManifest(
        document=row.document,
        sourced=Sourced(manifest=manifest, origin=Origin(source=API_SOURCE, path=manifest.job_id)),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        actor=row.actor,
    )


def _unexpected(job_id: str, version: int, expected: int) -> Conflict:
    if expected == 0:
        return Conflict(f"job {job_id!r} exists already", hint="replace it with PUT, or choose another job_id")
    if version == 0:
        return Conflict(f"job {job_id!r} does not exist any more", hint="create it anew")
    return Conflict(
        f"job {job_id!r} was changed meanwhile: it is at version {version}, not {expected}",
        hint="read it again and repeat the change",
    )
