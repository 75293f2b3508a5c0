"""How far each run was confined."""

from alembic import op
from sqlalchemy import Column

from tasks_service.adapters.sql.columns import CleanText

revision = "r0014"
down_revision = "r0013"


def upgrade() -> None:
    """Add the column. Nothing is known of runs that ended before."""
    op.add_column("runs", Column("isolation", CleanText, nullable=False, server_default=""))
