"""Members and bells: what replicas and workers know of each other."""

from alembic import op
from sqlalchemy import BigInteger, Column, Float, Integer, PrimaryKeyConstraint

from tasks_service.adapters.sql.columns import CleanText, Json, UtcTime

revision = "r0004"
down_revision = "r0003"


def upgrade() -> None:
    """Create the tables, and note when runs are sent."""
    op.create_table(
        "members",
        Column("owner", CleanText, nullable=False),
        Column("node", CleanText, nullable=False),
        Column("pid", Integer, nullable=False),
        Column("pid_started", Float, nullable=False),
        Column("role", CleanText, nullable=False),
        Column("facts", Json, nullable=False),
        Column("joined_at", UtcTime, nullable=False),
        Column("seen_at", UtcTime, nullable=False),
        Column("beats", BigInteger, nullable=False),
        PrimaryKeyConstraint("owner", name="pk_members"),
    )
    op.create_table(
        "bells",
        Column("name", CleanText, nullable=False),
        Column("rung", BigInteger, nullable=False),
        PrimaryKeyConstraint("name", name="pk_bells"),
    )
    op.add_column("runs", Column("sent_at", UtcTime))
