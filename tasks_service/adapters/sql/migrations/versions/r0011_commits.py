"""Commits: which revision was tried beside those seen and applied, whose they are, and which webhooks were heard."""

from alembic import op
from sqlalchemy import Boolean, Column, PrimaryKeyConstraint, String, false, text

from tasks_service.adapters.sql.columns import CleanText, Json, UtcTime

revision = "r0011"
down_revision = "r0010"

_NONE = text("'[]'")


def upgrade() -> None:
    """Add the columns and the table. What was seen before counts as tried."""
    op.add_column("sources", Column("attempted", CleanText, nullable=False, server_default=""))
    op.add_column("sources", Column("commits", Json, nullable=False, server_default=_NONE))
    op.add_column("sources", Column("held", Boolean, nullable=False, server_default=false()))
    op.add_column("sources", Column("trouble", CleanText, nullable=False, server_default=""))
    op.add_column("syncs", Column("commits", Json, nullable=False, server_default=_NONE))
    op.execute("UPDATE sources SET attempted = observed")
    op.create_table(
        "deliveries",
        Column("delivery", String(64), nullable=False),
        Column("at", UtcTime, nullable=False),
        PrimaryKeyConstraint("delivery", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_at", "deliveries", ["at"])
