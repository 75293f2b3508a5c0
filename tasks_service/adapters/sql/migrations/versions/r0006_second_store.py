"""A second job store: whose jobs and runs these are, and output of runs that are not folded yet."""

from alembic import op
from sqlalchemy import Column

from tasks_service.adapters.sql.columns import CleanText

revision = "r0006"
down_revision = "r0005"


def upgrade() -> None:
    """Note the store of jobs and runs, and let output come before its run."""
    op.add_column("jobs", Column("store", CleanText, nullable=False, server_default="sql"))
    op.add_column("runs", Column("store", CleanText, nullable=False, server_default="sql"))
    with op.batch_alter_table("output") as output:
        output.drop_constraint("fk_output_run_id", type_="foreignkey")
