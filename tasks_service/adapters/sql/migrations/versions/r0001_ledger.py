"""Jobs, occurrences, runs and their output."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
    text,
)

from tasks_service.adapters.sql.columns import CleanText, Json, Serial, UtcTime

revision = "r0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "jobs",
        Column("job_uid", CleanText, nullable=False),
        Column("job_id", CleanText, nullable=False),
        Column("job_key", CleanText, nullable=False),
        Column("job_type", CleanText, nullable=False),
        Column("manifest", CleanText, nullable=False),
        Column("digest", CleanText, nullable=False),
        Column("source", CleanText, nullable=False),
        Column("path", CleanText, nullable=False),
        Column("line", Integer, nullable=False),
        Column("revision", CleanText, nullable=False),
        Column("applied_at", UtcTime, nullable=False),
        Column("cursor", UtcTime, nullable=False),
        Column("next_due", UtcTime, nullable=True),
        Column("halted", Boolean, nullable=False),
        Column("deleted_at", UtcTime, nullable=True),
        PrimaryKeyConstraint("job_uid", name="pk_jobs"),
    )
    op.create_index(
        "uq_jobs_live_key",
        "jobs",
        ["job_key"],
        unique=True,
        sqlite_where=text("deleted_at IS NULL"),
        postgresql_where=text("deleted_at IS NULL"),
    )
    op.create_table(
        "occurrences",
        Column("occurrence_id", Serial, nullable=False),
        Column("job_uid", CleanText, nullable=False),
        Column("job_id", CleanText, nullable=False),
        Column("slot", CleanText, nullable=False),
        Column("due_at", UtcTime, nullable=False),
        Column("until", UtcTime, nullable=False),
        Column("slots", Integer, nullable=False),
        Column("trigger", String(20), nullable=False),
        Column("outcome", String(20), nullable=True),
        Column("reason", CleanText, nullable=False),
        Column("digest", CleanText, nullable=False),
        Column("revision", CleanText, nullable=False),
        Column("recorded_at", UtcTime, nullable=False),
        Column("closed_at", UtcTime, nullable=True),
        ForeignKeyConstraint(["job_uid"], ["jobs.job_uid"], name="fk_occurrences_job_uid"),
        PrimaryKeyConstraint("occurrence_id", name="pk_occurrences"),
        UniqueConstraint("job_uid", "slot", name="uq_occurrences_job_uid_slot"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_occurrences_closed_at", "occurrences", ["closed_at"])
    op.create_index("ix_occurrences_job_uid_due_at", "occurrences", ["job_uid", "due_at"])
    op.create_table(
        "runs",
        Column("number", Serial, nullable=False),
        Column("run_id", CleanText, nullable=False),
        Column("occurrence_id", Serial, nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("job_uid", CleanText, nullable=False),
        Column("job_id", CleanText, nullable=False),
        Column("job_type", CleanText, nullable=False),
        Column("slot", CleanText, nullable=False),
        Column("due_at", UtcTime, nullable=False),
        Column("trigger", String(20), nullable=False),
        Column("state", String(20), nullable=False),
        Column("digest", CleanText, nullable=False),
        Column("revision", CleanText, nullable=False),
        Column("parameters", Json, nullable=False),
        Column("exclusive", Boolean, nullable=False),
        Column("queued_at", UtcTime, nullable=False),
        Column("not_before", UtcTime, nullable=False),
        Column("started_at", UtcTime, nullable=True),
        Column("finished_at", UtcTime, nullable=True),
        Column("seconds", Float, nullable=True),
        Column("owner", CleanText, nullable=False),
        Column("node", CleanText, nullable=False),
        Column("actor", CleanText, nullable=False),
        Column("cancel_requested_by", CleanText, nullable=False),
        Column("cancel_reason", CleanText, nullable=False),
        Column("result", Json, nullable=True),
        Column("error", Json, nullable=True),
        Column("exit_code", BigInteger, nullable=True),
        Column("signal", CleanText, nullable=True),
        Column("cpu_seconds", Float, nullable=True),
        Column("peak_memory_bytes", BigInteger, nullable=True),
        Column("output_bytes", BigInteger, nullable=True),
        ForeignKeyConstraint(
            ["occurrence_id"], ["occurrences.occurrence_id"], name="fk_runs_occurrence_id", ondelete="CASCADE"
        ),
        PrimaryKeyConstraint("number", name="pk_runs"),
        UniqueConstraint("occurrence_id", "attempt", name="uq_runs_occurrence_id_attempt"),
        UniqueConstraint("run_id", name="uq_runs_run_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_runs_finished_at", "runs", ["finished_at"])
    op.create_index("ix_runs_job_uid_number", "runs", ["job_uid", "number"])
    op.create_index("ix_runs_job_uid_state", "runs", ["job_uid", "state"])
    op.create_index("ix_runs_state_not_before", "runs", ["state", "not_before"])
    op.create_table(
        "output",
        Column("run_id", CleanText, nullable=False),
        Column("seq", Integer, autoincrement=False, nullable=False),
        Column("at", UtcTime, nullable=False),
        Column("stream", CleanText, nullable=False),
        Column("text", CleanText, nullable=False),
        ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_output_run_id", ondelete="CASCADE"),
        PrimaryKeyConstraint("run_id", "seq", name="pk_output"),
    )
