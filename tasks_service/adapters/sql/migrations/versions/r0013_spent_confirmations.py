"""Confirmations count once: until what they are about was carried out, or has changed."""

from alembic import op
from sqlalchemy import Column

from tasks_service.adapters.sql.columns import UtcTime

revision = "r0013"
down_revision = "r0012"


def upgrade() -> None:
    """Add the column. What was confirmed before is bound to ids of another making, and counts no longer."""
    op.add_column("confirmations", Column("spent_at", UtcTime))
    op.execute("UPDATE confirmations SET spent_at = at")
