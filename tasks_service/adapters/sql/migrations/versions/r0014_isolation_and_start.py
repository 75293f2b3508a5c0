"""How far each run was confined, and how long its start took."""

from alembic import op
from sqlalchemy import Column, Float

from tasks_service.adapters.sql.columns import CleanText

revision = "r0014"
down_revision = "r0013"


def upgrade() -> None:
    """Add the columns. Nothing is known of runs that ended before."""
    op.add_column("runs", Column("isolation", CleanText, nullable=False, server_default=""))
    op.add_column("runs", Column("start_seconds", Float))
