"""The tallies: what the ledger adds up to, kept beside it.

A row that ended is marked in the transaction that adds it, so it counts once, whoever gathers, whenever it was written
and whatever its times say.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Row, Table, bindparam, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from tasks_service.adapters.sql.engine import read, write
from tasks_service.adapters.sql.ledger_figures import ENDING
from tasks_service.adapters.sql.tables import UNCOUNTED_OCCURRENCES, UNCOUNTED_RUNS, jobs, occurrences, runs
from tasks_service.adapters.sql.tables import tallies as table
from tasks_service.core.tally import Closing, Ending, Measure, Tally, tallies

_KEY = ("measure", "job_type", "facet", "le")


class SqlTallies:
    """Implements ``TallyStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
        added = insert(table)
        self._added = added.on_conflict_do_update(
            index_elements=_KEY,
            set_={"times": table.c.times + added.excluded.times, "total": table.c.total + added.excluded.total},
        )

    def gather(self, limit: int) -> int:
        """Add what ended since the last time, each row exactly once; returns how many rows were added."""
        if not self._anything_new():
            return 0
        with write(self._engine) as connection:
            ended, closed = _ended(connection, limit), _closed(connection, limit)
            found = tallies([_ending(row) for row in ended], [_closing(row) for row in closed])
            if found:
                connection.execute(self._added, [_values(tally) for tally in found])
        return len(ended) + len(closed)

    def all(self) -> list[Tally]:
        """The sums as they are."""
        with read(self._engine) as connection:
            rows = connection.execute(select(table).order_by(*(table.c[name] for name in _KEY))).all()
        return [Tally(**{**row._mapping, "measure": Measure(row.measure)}) for row in rows]

    def _anything_new(self) -> bool:
        """Whether it is worth waiting for the right to write."""
        with read(self._engine) as connection:
            return _any(connection, runs, UNCOUNTED_RUNS) or _any(connection, occurrences, UNCOUNTED_OCCURRENCES)


def _any(connection: Connection, rows: Table, which: str) -> bool:
    return connection.execute(select(text("1")).select_from(rows).where(text(which)).limit(1)).first() is not None


def _ended(connection: Connection, limit: int) -> Sequence[Row[Any]]:
    """Runs to add, marked. What another process is about to add is passed over."""
    wanted = select(runs.c.number).add_columns(*ENDING).where(text(UNCOUNTED_RUNS)).order_by(runs.c.number)
    rows = connection.execute(wanted.limit(limit).with_for_update(skip_locked=True)).all()
    if rows:
        marked = update(runs).where(runs.c.number == bindparam("key")).values(counted=1)
        connection.execute(marked, [{"key": row.number} for row in rows])
    return rows


def _closed(connection: Connection, limit: int) -> Sequence[Row[Any]]:
    """Occurrences to add, marked; ``slots`` of them as far as they are new."""
    wanted = (
        select(occurrences.c.occurrence_id, occurrences.c.outcome, occurrences.c.slots, occurrences.c.counted)
        .add_columns(jobs.c.job_type)
        .join(jobs, jobs.c.job_uid == occurrences.c.job_uid)
        .where(text(UNCOUNTED_OCCURRENCES))
        .order_by(occurrences.c.occurrence_id)
        .limit(limit)
    )
    rows = connection.execute(wanted.with_for_update(of=occurrences, skip_locked=True)).all()
    if rows:
        marked = update(occurrences).where(occurrences.c.occurrence_id == bindparam("key"))
        marked = marked.values(counted=bindparam("all_of_them"))
        connection.execute(marked, [{"key": row.occurrence_id, "all_of_them": row.slots} for row in rows])
    return rows


def _ending(row: Row[Any]) -> Ending:
    return Ending(**{name: value for name, value in row._mapping.items() if name != "number"})


def _closing(row: Row[Any]) -> Closing:
    return Closing(job_type=row.job_type, outcome=row.outcome, slots=row.slots - row.counted)


def _values(tally: Tally) -> dict[str, Any]:
    return {
        "measure": tally.measure.value,
        "job_type": tally.job_type,
        "facet": tally.facet,
        "le": tally.le,
        "times": tally.times,
        "total": tally.total,
    }
