"""The lease: who leads, on the database's clock, so that no host's clock can prolong it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from tasks_service.adapters.sql.columns import database_now
from tasks_service.adapters.sql.engine import read, write
from tasks_service.adapters.sql.tables import leaderships, lease
from tasks_service.core.history import LeadEnding
from tasks_service.core.stores import Lease

_NAME = "leader"
_END_CONNECTIONS = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name")


class SqlLease:
    """Implements ``LeaseStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connections: str = engine.get_execution_options().get("connections", "")
        upsert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
        self._vacant = (
            upsert(lease)
            .values(name=_NAME, owner="", node="", pid=0, pid_started=0.0, term=0)
            .values(acquired_at=database_now(), expires_at=database_now())
            .on_conflict_do_nothing()
        )

    def acquire(self, owner: str, node: str, pid: int, pid_started: float, seconds: float) -> Lease | None:
        """Take a free or expired lease with the next term, or renew one's own; None where another holds it."""
        self._end_connections_of_the_expired(owner)
        with write(self._engine) as connection:
            connection.execute(self._vacant)
            held = connection.execute(select(lease).where(lease.c.name == _NAME).with_for_update()).one()
            now = connection.execute(select(database_now())).scalar_one()
            mine = held.owner == owner
            if not mine and held.owner and held.expires_at > now:
                return None
            values: dict[str, Any] = {"expires_at": now + timedelta(seconds=seconds), "renewed_at": now}
            if not mine:
                values |= {"owner": owner, "node": node, "pid": pid, "pid_started": pid_started}
                values |= {"term": held.term + 1, "acquired_at": now, "connections": self._connections}
            taken = connection.execute(update(lease).values(values).returning(lease)).one()
            if not mine or held.expires_at <= now:
                _end(connection, leaderships.c.ending.is_(None), LeadEnding.EXPIRED, held.renewed_at or now)
                _begin(connection, taken, now)
            return _lease(taken)

    def _end_connections_of_the_expired(self, owner: str) -> None:
        """End what a holder still has open that let its lease run out.

        A process that is stopped while PostgreSQL sends it an answer keeps its transaction, and the lease's row with
        it, for as long as it is stopped: the server waits for it to read, and none of its timeouts ends that.
        """
        if not self._connections:
            return
        expired = select(lease.c.connections).where(
            lease.c.name == _NAME,
            lease.c.owner.not_in(("", owner)),
            lease.c.connections.not_in(("", self._connections)),
            lease.c.expires_at <= database_now(),
        )
        with read(self._engine) as connection:
            if name := connection.scalar(expired):
                connection.execute(_END_CONNECTIONS, {"name": name})

    def holder(self) -> Lease | None:
        """Who holds it, expired or not."""
        with read(self._engine) as connection:
            row = connection.execute(select(lease).where(lease.c.name == _NAME, lease.c.owner != "")).one_or_none()
        return _lease(row) if row else None

    def release(self, owner: str) -> None:
        """Give it back, if it is ours."""
        with write(self._engine) as connection:
            _expire(connection, lease.c.owner == owner, owner="")
            _end(connection, leaderships.c.owner == owner, LeadEnding.RELEASED, database_now())

    def evict(self, owner: str, term: int) -> None:
        """Expire the lease of a holder that is known to be dead."""
        with write(self._engine) as connection:
            _expire(connection, (lease.c.owner == owner) & (lease.c.term == term))
            last = select(func.coalesce(lease.c.renewed_at, lease.c.acquired_at)).where(lease.c.term == term)
            which = (leaderships.c.owner == owner) & (leaderships.c.term == term)
            _end(connection, which, LeadEnding.DIED, last.scalar_subquery())


def _expire(connection: Connection, which: Any, **changes: str) -> None:
    connection.execute(update(lease).where(which).values(expires_at=database_now(), **changes))


def _begin(connection: Connection, taken: Row[Any], now: datetime) -> None:
    """Note that a process leads from now on: for the first time in its term, or again, since it came too late."""
    values = {"term": taken.term, "owner": taken.owner, "node": taken.node, "pid": taken.pid, "since": now}
    connection.execute(insert(leaderships).values(values))


def _end(connection: Connection, which: ColumnElement[bool], how: LeadEnding, until: Any) -> None:
    """Note how a lead ended, unless that is known already."""
    wanted = update(leaderships).where(which, leaderships.c.ending.is_(None))
    connection.execute(wanted.values(until=until, ending=how))


def _lease(row: Row[Any]) -> Lease:
    return Lease(
        owner=row.owner,
        node=row.node,
        pid=row.pid,
        pid_started=float(row.pid_started),
        term=row.term,
        acquired_at=row.acquired_at,
        expires_at=row.expires_at,
    )
