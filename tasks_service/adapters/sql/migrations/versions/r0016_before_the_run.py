"""Preflights, and dry runs: whether the runs of a job would be able to work, and what they would do."""

from alembic import op
from sqlalchemy import Boolean, Column, Float, ForeignKeyConstraint, PrimaryKeyConstraint, String, false, text

from tasks_service.adapters.sql.columns import CleanText, Json, UtcTime

revision = "r0016"
down_revision = "r0015"

_ASKED = text("asked_at IS NOT NULL")


def upgrade() -> None:
    """Create the table, one row per job, and add the column; no run was a dry one before."""
    op.create_table(
        "preflights",
        Column("job_uid", CleanText, nullable=False),
        Column("state", String(20), nullable=False),
        Column("reason", CleanText, nullable=False),
        Column("findings", Json, nullable=False),
        Column("digest", CleanText, nullable=False),
        Column("at", UtcTime),
        Column("seconds", Float),
        Column("asked_at", UtcTime),
        Column("asked_by", CleanText, nullable=False),
        PrimaryKeyConstraint("job_uid", name="pk_preflights"),
        ForeignKeyConstraint(["job_uid"], ["jobs.job_uid"], name="fk_preflights_job_uid"),
    )
    for name in ("occurrences", "runs"):
        op.add_column(name, Column("dry_run", Boolean, nullable=False, server_default=false()))
    op.create_index("ix_preflights_asked_at", "preflights", ["asked_at"], sqlite_where=_ASKED, postgresql_where=_ASKED)
