"""Alarms: what went against expectation, from when to when."""

from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, String, text

from tasks_service.adapters.sql.columns import CleanText, Serial, UtcTime

revision = "r0010"
down_revision = "r0009"

_OPEN = text("until IS NULL")


def upgrade() -> None:
    """Create the table; a job has one open alarm of a kind at most."""
    op.create_table(
        "alarms",
        Column("alarm_id", Serial, nullable=False),
        Column("job_uid", CleanText, nullable=False),
        Column("job_id", CleanText, nullable=False),
        Column("kind", String(20), nullable=False),
        Column("since", UtcTime, nullable=False),
        Column("raised_at", UtcTime, nullable=False),
        Column("reason", CleanText, nullable=False),
        Column("run_id", CleanText, nullable=False),
        Column("failures", Integer, nullable=False),
        Column("until", UtcTime),
        Column("cleared_by", CleanText, nullable=False),
        PrimaryKeyConstraint("alarm_id", name="pk_alarms"),
        ForeignKeyConstraint(["job_uid"], ["jobs.job_uid"], name="fk_alarms_job_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_alarms_open", "alarms", ["job_uid", "kind"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_index("ix_alarms_job_uid_alarm_id", "alarms", ["job_uid", "alarm_id"])
    op.create_index("ix_alarms_until", "alarms", ["until"])
