"""Members and bells in SQL. Signs of life are dated by the database, so that no host's clock counts."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Engine, Row, select, update
from sqlalchemy.dialects import postgresql, sqlite

from tasks_service.adapters.sql.columns import database_now
from tasks_service.adapters.sql.engine import read, write
from tasks_service.adapters.sql.tables import bells, members
from tasks_service.core.history import Leaving
from tasks_service.core.stores import Member, Sighting

_PRESENT = select(members).where(members.c.ending.is_(None)).order_by(members.c.joined_at, members.c.owner)


class SqlMembers:
    """Implements ``MemberStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
        joined = insert(members).values(joined_at=database_now(), seen_at=database_now(), beats=1)
        self._beat = joined.on_conflict_do_update(
            index_elements=[members.c.owner],
            set_={
                "seen_at": database_now(),
                "beats": members.c.beats + 1,
                "facts": joined.excluded.facts,
                "ending": None,
            },
        )

    def beat(self, member: Member) -> None:
        """Join, or give a sign of life."""
        with write(self._engine) as connection:
            connection.execute(self._beat.values(**asdict(member)))

    def leave(self, owner: str, how: Leaving = Leaving.LEFT) -> None:
        """Be a member no longer; for one that is known to be dead, too. Its row stays as history."""
        changes = {"ending": how} | ({"seen_at": database_now()} if how is Leaving.LEFT else {})
        with write(self._engine) as connection:
            connection.execute(
                update(members).where(members.c.owner == owner, members.c.ending.is_(None)).values(changes)
            )

    def all(self) -> list[Sighting]:
        """The members, the oldest first."""
        with read(self._engine) as connection:
            rows = connection.execute(_PRESENT).all()
        return [_sighting(row) for row in rows]


class SqlBells:
    """Implements ``BellStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
        self._ring = insert(bells).on_conflict_do_update(index_elements=[bells.c.name], set_={"rung": bells.c.rung + 1})

    def ring(self, name: str) -> None:
        """Count one more."""
        with write(self._engine) as connection:
            connection.execute(self._ring.values(name=name, rung=1))

    def rung(self) -> dict[str, int]:
        """How often each bell was rung."""
        with read(self._engine) as connection:
            return {row.name: row.rung for row in connection.execute(select(bells))}


def _sighting(row: Row[Any]) -> Sighting:
    return Sighting(
        member=Member(
            owner=row.owner,
            node=row.node,
            pid=row.pid,
            pid_started=row.pid_started,
            role=row.role,
            facts=row.facts,
        ),
        joined_at=row.joined_at,
        seen_at=row.seen_at,
        beats=row.beats,
    )
