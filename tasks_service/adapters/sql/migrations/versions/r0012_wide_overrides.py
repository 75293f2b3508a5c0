"""Overrides that reach further than one job, and what a pin is about."""

from alembic import op
from sqlalchemy import Column

from tasks_service.adapters.sql.columns import CleanText, Json, UtcTime

revision = "r0012"
down_revision = "r0011"


def upgrade() -> None:
    """Let an override name no job but labels, and a revision with its moment."""
    with op.batch_alter_table("overrides", table_kwargs={"sqlite_autoincrement": True}) as overrides:
        overrides.alter_column("job_uid", existing_type=CleanText(), nullable=True)
        overrides.add_column(Column("labels", Json, nullable=False, server_default="{}"))
        overrides.add_column(Column("revision", CleanText, nullable=False, server_default=""))
        overrides.add_column(Column("as_of", UtcTime, nullable=True))
