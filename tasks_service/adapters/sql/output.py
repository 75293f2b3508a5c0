"""The output store: what runs printed."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.dialects import postgresql, sqlite

from tasks_service.adapters.sql.engine import read, write
from tasks_service.adapters.sql.output_blocks import LONGEST_BLOCK, blocks_of, pack, unpack
from tasks_service.adapters.sql.tables import output_blocks
from tasks_service.core.run import OutputLine


class SqlOutput:
    """Implements ``OutputStore``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
        self._insert = insert(output_blocks).on_conflict_do_nothing()

    def append(self, lines: Sequence[tuple[str, OutputLine]]) -> None:
        """Keep lines, each with its run id; a line that is kept already is passed over.

        What is handed in again may be parted into other blocks than before: where they overlap, readers take the first.
        """
        rows = [row for run_id, theirs in _by_run(lines) for row in _rows(run_id, theirs)]
        if not rows:
            return
        with write(self._engine) as connection:
            connection.execute(self._insert, rows)

    def read(self, run_id: str, *, after: int = 0, limit: int = 5000) -> list[OutputLine]:
        """The lines with a ``seq`` greater than ``after``, ascending."""
        wanted = (
            select(output_blocks.c.first_seq, output_blocks.c.lines)
            .where(_of(run_id, after), output_blocks.c.last_seq > after, output_blocks.c.first_seq <= after + limit)
            .order_by(output_blocks.c.first_seq, output_blocks.c.last_seq)
        )
        with read(self._engine) as connection:
            blocks = connection.execute(wanted).all()
        lines = (line for first, content in blocks for line in unpack(first, content))
        return list(islice(_once(lines, after), limit))

    def tail(self, run_id: str, lines: int) -> list[OutputLine]:
        """The last lines, ascending."""
        return self.read(run_id, after=max(self._last_seq(run_id) - lines, 0), limit=lines)

    def _last_seq(self, run_id: str) -> int:
        begins = select(func.coalesce(func.max(output_blocks.c.first_seq), 0)).where(output_blocks.c.run_id == run_id)
        ends = select(func.coalesce(func.max(output_blocks.c.last_seq), 0))
        with read(self._engine) as connection:
            newest = connection.scalar(begins) or 0
            return connection.scalar(ends.where(_of(run_id, newest))) or 0


def _of(run_id: str, seq: int) -> Any:
    """The blocks of a run that may hold a line after that one: none is longer than the longest."""
    return (output_blocks.c.run_id == run_id) & (output_blocks.c.first_seq > seq - LONGEST_BLOCK)


def _once(lines: Iterable[OutputLine], after: int) -> Iterator[OutputLine]:
    """Each line that comes after that one, once, where blocks overlap."""
    for line in lines:
        if line.seq > after:
            after = line.seq
            yield line


def _by_run(lines: Sequence[tuple[str, OutputLine]]) -> Iterator[tuple[str, list[OutputLine]]]:
    ordered = sorted(lines, key=lambda owned: (owned[0], owned[1].seq))
    for run_id, owned in groupby(ordered, key=itemgetter(0)):
        yield run_id, list(_once((line for _, line in owned), 0))


def _rows(run_id: str, lines: Sequence[OutputLine]) -> Iterator[dict[str, Any]]:
    for block in blocks_of(lines):
        yield {"run_id": run_id, "first_seq": block[0].seq, "last_seq": block[-1].seq, "lines": pack(block)}
