"""Overrides, definitions by REST, and what the reconciler saw."""

from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, String

from tasks_service.adapters.sql.columns import CleanText, Json, Serial, UtcTime

revision = "r0002"
down_revision = "r0001"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "overrides",
        Column("override_id", Serial, nullable=False),
        Column("job_uid", CleanText, nullable=False),
        Column("kind", String(20), nullable=False),
        Column("actor", CleanText, nullable=False),
        Column("reason", CleanText, nullable=False),
        Column("created_at", UtcTime, nullable=False),
        Column("until", UtcTime, nullable=True),
        Column("ended_at", UtcTime, nullable=True),
        Column("ended_by", CleanText, nullable=False),
        ForeignKeyConstraint(["job_uid"], ["jobs.job_uid"], name="fk_overrides_job_uid"),
        PrimaryKeyConstraint("override_id", name="pk_overrides"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_overrides_ended_at_until", "overrides", ["ended_at", "until"])
    op.create_index("ix_overrides_job_uid_ended_at", "overrides", ["job_uid", "ended_at"])
    op.create_table(
        "manifests",
        Column("job_key", CleanText, nullable=False),
        Column("document", Json, nullable=False),
        Column("manifest", CleanText, nullable=False),
        Column("version", Integer, nullable=False),
        Column("created_at", UtcTime, nullable=False),
        Column("updated_at", UtcTime, nullable=False),
        Column("actor", CleanText, nullable=False),
        Column("deleted_at", UtcTime, nullable=True),
        PrimaryKeyConstraint("job_key", name="pk_manifests"),
    )
    op.create_table(
        "archived_manifests",
        Column("archive_id", Serial, nullable=False),
        Column("job_key", CleanText, nullable=False),
        Column("document", Json, nullable=False),
        Column("version", Integer, nullable=False),
        Column("actor", CleanText, nullable=False),
        Column("updated_at", UtcTime, nullable=False),
        Column("archived_at", UtcTime, nullable=False),
        Column("reason", CleanText, nullable=False),
        PrimaryKeyConstraint("archive_id", name="pk_archived_manifests"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sources",
        Column("name", CleanText, nullable=False),
        Column("observed", CleanText, nullable=False),
        Column("applied", CleanText, nullable=False),
        Column("read_at", UtcTime, nullable=True),
        Column("failure", CleanText, nullable=False),
        Column("files", Integer, nullable=False),
        PrimaryKeyConstraint("name", name="pk_sources"),
    )
    op.create_table(
        "syncs",
        Column("sync_id", Serial, nullable=False),
        Column("at", UtcTime, nullable=False),
        Column("last_at", UtcTime, nullable=False),
        Column("revision", CleanText, nullable=False),
        Column("status", CleanText, nullable=False),
        Column("reason", CleanText, nullable=False),
        Column("plan_id", CleanText, nullable=False),
        Column("summary", CleanText, nullable=False),
        Column("actions", Json, nullable=False),
        Column("repeated", Integer, nullable=False),
        PrimaryKeyConstraint("sync_id", name="pk_syncs"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "problems",
        Column("problem_id", Serial, nullable=False),
        Column("source", CleanText, nullable=False),
        Column("diagnostic", Json, nullable=False),
        Column("since", UtcTime, nullable=False),
        PrimaryKeyConstraint("problem_id", name="pk_problems"),
    )
    op.create_table(
        "confirmations",
        Column("confirmation_id", Serial, nullable=False),
        Column("plan_id", CleanText, nullable=False),
        Column("actor", CleanText, nullable=False),
        Column("at", UtcTime, nullable=False),
        PrimaryKeyConstraint("confirmation_id", name="pk_confirmations"),
        sqlite_autoincrement=True,
    )
