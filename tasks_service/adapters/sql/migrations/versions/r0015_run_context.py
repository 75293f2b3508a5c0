"""What jobs tell and leave beside their output: progress and artifacts."""

from alembic import op
from sqlalchemy import BigInteger, Column, Float, LargeBinary, PrimaryKeyConstraint

from tasks_service.adapters.sql.columns import CleanText, UtcTime

revision = "r0015"
down_revision = "r0014"


def upgrade() -> None:
    """Add the tables, and the index by which the success before a run is found."""
    op.create_table(
        "run_progress",
        Column("run_id", CleanText, nullable=False),
        Column("done", Float, nullable=False),
        Column("total", Float),
        Column("text", CleanText, nullable=False),
        Column("at", UtcTime, nullable=False),
        PrimaryKeyConstraint("run_id", name="pk_run_progress"),
    )
    op.create_table(
        "run_artifacts",
        Column("run_id", CleanText, nullable=False),
        Column("name", CleanText, nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("sha256", CleanText, nullable=False),
        Column("at", UtcTime, nullable=False),
        Column("bytes", LargeBinary, nullable=False),
        PrimaryKeyConstraint("run_id", "name", name="pk_run_artifacts"),
    )
    op.create_index("ix_runs_job_uid_state_due_at", "runs", ["job_uid", "state", "due_at"])
