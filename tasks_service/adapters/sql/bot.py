"""The bot store: what the embedded bot API keeps."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from tasks_service.adapters.sql.engine import read, write
from tasks_service.adapters.sql.paging import Keyset
from tasks_service.adapters.sql.tables import bot_imports, bot_metrics, bot_users
from tasks_service.core.errors import InvalidInput
from tasks_service.core.stores import Page, StoredMetrics

IMPORTING = 7_130_002
"""The advisory lock of those who import users."""

_USERS = Keyset(name="users", columns=(bot_users.c.name, bot_users.c.user_id), descending=False)
_METRICS = Keyset(name="metrics", columns=(bot_metrics.c.collection_id,))


class SqlBot:
    """Implements ``BotStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        upsert = (postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert)(bot_users)
        changed = {name: upsert.excluded[name] for name in ("name", "document", "job_id", "stored_at")}
        self._upsert = upsert.on_conflict_do_update(index_elements=["user_id"], set_=changed)

    def import_users(self, users: Sequence[Mapping[str, Any]], job_id: str, key: str, at: datetime) -> int:
        """Insert or update users by ``id``; a repeated non-empty ``key`` changes nothing and answers the same count."""
        rows = [_user(user, number, job_id, at) for number, user in enumerate(users)]
        with write(self._engine) as connection:
            _one_at_a_time(connection)
            if key:
                done: int | None = connection.scalar(select(bot_imports.c.users).where(bot_imports.c.key == key))
                if done is not None:
                    return done
                connection.execute(insert(bot_imports).values(key=key, job_id=job_id, users=len(rows), at=at))
            if rows:
                connection.execute(self._upsert, rows)
        return len(rows)

    def users(self, *, limit: int = 50, cursor: str | None = None) -> Page[Mapping[str, Any]]:
        """The stored users by name."""
        with read(self._engine) as connection:
            return _USERS.page(connection, select(bot_users), limit, cursor, lambda row: row.document)

    def users_count(self) -> int:
        """How many users are stored."""
        with read(self._engine) as connection:
            return connection.scalar(select(func.count()).select_from(bot_users)) or 0

    def store_metrics(
        self, job_id: str, job_type: str, metrics: Mapping[str, Any], collected_at: datetime, at: datetime
    ) -> int:
        """Keep a collection; returns its id."""
        values = {"job_id": job_id, "job_type": job_type, "collected_at": collected_at, "stored_at": at}
        wanted = insert(bot_metrics).values(metrics=dict(metrics), **values).returning(bot_metrics.c.collection_id)
        with write(self._engine) as connection:
            collection_id: int = connection.execute(wanted).scalar_one()
        return collection_id

    def stored_metrics(self, *, limit: int = 50, cursor: str | None = None) -> Page[StoredMetrics]:
        """Newest first."""
        with read(self._engine) as connection:
            return _METRICS.page(connection, select(bot_metrics), limit, cursor, _metrics)


def _user(user: Mapping[str, Any], number: int, job_id: str, at: datetime) -> dict[str, Any]:
    user_id = user.get("id")
    if not isinstance(user_id, str) or not user_id:
        raise InvalidInput(f"users[{number}] has no id", hint="every user needs the id that Slack gave it")
    name = str(user.get("name") or "").lower()
    return {"user_id": user_id, "name": name, "document": dict(user), "job_id": job_id, "stored_at": at}


def _one_at_a_time(connection: Connection) -> None:
    """Two imports that name the same users in another order would wait for each other on PostgreSQL."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(IMPORTING)))


def _metrics(row: Row[Any]) -> StoredMetrics:
    return StoredMetrics(**row._mapping)
