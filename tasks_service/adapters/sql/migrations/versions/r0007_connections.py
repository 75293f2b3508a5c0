"""The name of the leader's connections, by which its successor ends them."""

from alembic import op
from sqlalchemy import Column

from tasks_service.adapters.sql.columns import CleanText

revision = "r0007"
down_revision = "r0006"


def upgrade() -> None:
    """Note the name beside the lease."""
    op.add_column("lease", Column("connections", CleanText, nullable=False, server_default=""))
