"""The journal: events for machines and the audit for people. Both only grow."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select

from tasks_service.adapters.sql.engine import read, write
from tasks_service.adapters.sql.paging import Keyset
from tasks_service.adapters.sql.tables import audits, events
from tasks_service.core.stores import AuditEntry, Happening, Page

PUBLISHING = 7_130_001
"""The advisory lock of those who publish."""

_AUDITS = Keyset(name="audits", columns=(audits.c.entry_id,))


class SqlJournal:
    """Implements ``Journal``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def publish(self, happenings: Sequence[Happening]) -> None:
        """Append events."""
        if not happenings:
            return
        with write(self._engine) as connection:
            add_events(connection, happenings)

    def after(self, seq: int, limit: int = 500) -> list[Happening]:
        """The events with a greater ``seq``, ascending."""
        return self._events(select(events).where(events.c.seq > seq).order_by(events.c.seq).limit(limit))

    def newest(self, limit: int) -> list[Happening]:
        """The newest events, newest first."""
        return self._events(select(events).order_by(events.c.seq.desc()).limit(limit))

    def last_seq(self) -> int:
        """The greatest ``seq``; 0 where there is none."""
        with read(self._engine) as connection:
            return connection.scalar(select(func.max(events.c.seq))) or 0

    def audit(self, entry: AuditEntry) -> None:
        """Append to the audit."""
        with write(self._engine) as connection:
            connection.execute(insert(audits).values(_without(asdict(entry), "entry_id")))

    def audits(self, *, of: str = "", limit: int = 50, cursor: str | None = None) -> Page[AuditEntry]:
        """Newest first; of one object if it is named."""
        wanted = select(audits).where(audits.c.object == of) if of else select(audits)
        with read(self._engine) as connection:
            return _AUDITS.page(connection, wanted, limit, cursor, _audit)

    def _events(self, wanted: Any) -> list[Happening]:
        with read(self._engine) as connection:
            return [Happening(**row._mapping) for row in connection.execute(wanted)]


def add_events(connection: Connection, happenings: Sequence[Happening]) -> None:
    """Append events within a transaction that writes what they tell of."""
    if not happenings:
        return
    _one_at_a_time(connection)
    connection.execute(insert(events), [_without(asdict(happening), "seq") for happening in happenings])


def _one_at_a_time(connection: Connection) -> None:
    """PostgreSQL numbers rows when they are written, not when they are committed: without a lock, a reader could pass
    a number that is committed later and never see it. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(PUBLISHING)))


def _without(values: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}


def _audit(row: Row[Any]) -> AuditEntry:
    return AuditEntry(**row._mapping)
