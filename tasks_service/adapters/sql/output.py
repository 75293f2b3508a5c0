"""The output store: what runs printed."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, Row, select
from sqlalchemy.dialects import postgresql, sqlite

from tasks_service.adapters.sql.engine import read, write
from tasks_service.adapters.sql.tables import output
from tasks_service.core.run import OutputLine


class SqlOutput:
    """Implements ``OutputStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
        self._insert = insert(output).on_conflict_do_nothing()

    def append(self, lines: Sequence[tuple[str, OutputLine]]) -> None:
        """Keep lines, each with its run id; a line that is kept already is passed over."""
        if not lines:
            return
        rows = [
            {"run_id": run_id, "seq": line.seq, "at": line.at, "stream": line.stream, "text": line.text}
            for run_id, line in lines
        ]
        with write(self._engine) as connection:
            connection.execute(self._insert, rows)

    def read(self, run_id: str, *, after: int = 0, limit: int = 5000) -> list[OutputLine]:
        """The lines with a ``seq`` greater than ``after``, ascending."""
        wanted = select(output).where(output.c.run_id == run_id, output.c.seq > after)
        with read(self._engine) as connection:
            return [_line(row) for row in connection.execute(wanted.order_by(output.c.seq).limit(limit))]

    def tail(self, run_id: str, lines: int) -> list[OutputLine]:
        """The last lines, ascending."""
        wanted = select(output).where(output.c.run_id == run_id).order_by(output.c.seq.desc()).limit(lines)
        with read(self._engine) as connection:
            return [_line(row) for row in reversed(connection.execute(wanted).all())]


def _line(row: Row[Any]) -> OutputLine:
    return OutputLine(seq=row.seq, at=row.at, stream=row.stream, text=row.text)
