"""Output in blocks: what was a row a line becomes a row for hundreds of lines, compressed."""

from collections.abc import Iterator

from alembic import op
from sqlalchemy import Column, Connection, Integer, LargeBinary, MetaData, PrimaryKeyConstraint, Table, select

from tasks_service.adapters.sql.columns import CleanText, UtcTime
from tasks_service.adapters.sql.output_blocks import blocks_of, pack
from tasks_service.core.run import OutputLine

revision = "r0017"
down_revision = "r0016"

_lines = Table(
    "output",
    MetaData(),
    Column("run_id", CleanText),
    Column("seq", Integer),
    Column("at", UtcTime),
    Column("stream", CleanText),
    Column("text", CleanText),
)


def upgrade() -> None:
    """Create the table, pack what every run printed, and drop the old one."""
    blocks = op.create_table(
        "output_blocks",
        Column("run_id", CleanText, nullable=False),
        Column("first_seq", Integer, autoincrement=False, nullable=False),
        Column("last_seq", Integer, autoincrement=False, nullable=False),
        Column("lines", LargeBinary, nullable=False),
        PrimaryKeyConstraint("run_id", "first_seq", "last_seq", name="pk_output_blocks"),
    )
    connection = op.get_bind()
    for run_id in connection.scalars(select(_lines.c.run_id).distinct()).all():
        for block in blocks_of(list(_printed(connection, run_id))):
            kept = {"first_seq": block[0].seq, "last_seq": block[-1].seq, "lines": pack(block)}
            connection.execute(blocks.insert().values(run_id=run_id, **kept))
    op.drop_table("output")


def _printed(connection: Connection, run_id: str) -> Iterator[OutputLine]:
    wanted = select(_lines).where(_lines.c.run_id == run_id).order_by(_lines.c.seq)
    for row in connection.execute(wanted):
        yield OutputLine(seq=row.seq, at=row.at, stream=row.stream, text=row.text)
