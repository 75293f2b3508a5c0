"""Events, audit, lease, and what the embedded bot API keeps."""

from alembic import op
from sqlalchemy import BigInteger, Column, Float, Integer, PrimaryKeyConstraint

from tasks_service.adapters.sql.columns import CleanText, Json, Serial, UtcTime

revision = "r0003"
down_revision = "r0002"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "events",
        Column("seq", Serial, nullable=False),
        Column("at", UtcTime, nullable=False),
        Column("kind", CleanText, nullable=False),
        Column("job_id", CleanText, nullable=False),
        Column("run_id", CleanText, nullable=False),
        Column("data", Json, nullable=False),
        PrimaryKeyConstraint("seq", name="pk_events"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "audits",
        Column("entry_id", Serial, nullable=False),
        Column("at", UtcTime, nullable=False),
        Column("actor", CleanText, nullable=False),
        Column("action", CleanText, nullable=False),
        Column("object", CleanText, nullable=False),
        Column("reason", CleanText, nullable=False),
        Column("outcome", CleanText, nullable=False),
        PrimaryKeyConstraint("entry_id", name="pk_audits"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audits_object_entry_id", "audits", ["object", "entry_id"])
    op.create_table(
        "lease",
        Column("name", CleanText, nullable=False),
        Column("owner", CleanText, nullable=False),
        Column("node", CleanText, nullable=False),
        Column("pid", Integer, nullable=False),
        Column("pid_started", Float, nullable=False),
        Column("term", BigInteger, nullable=False),
        Column("acquired_at", UtcTime, nullable=False),
        Column("expires_at", UtcTime, nullable=False),
        PrimaryKeyConstraint("name", name="pk_lease"),
    )
    op.create_table(
        "bot_users",
        Column("user_id", CleanText, nullable=False),
        Column("name", CleanText, nullable=False),
        Column("document", Json, nullable=False),
        Column("job_id", CleanText, nullable=False),
        Column("stored_at", UtcTime, nullable=False),
        PrimaryKeyConstraint("user_id", name="pk_bot_users"),
    )
    op.create_index("ix_bot_users_name_user_id", "bot_users", ["name", "user_id"])
    op.create_table(
        "bot_imports",
        Column("key", CleanText, nullable=False),
        Column("job_id", CleanText, nullable=False),
        Column("users", Integer, nullable=False),
        Column("at", UtcTime, nullable=False),
        PrimaryKeyConstraint("key", name="pk_bot_imports"),
    )
    op.create_table(
        "bot_metrics",
        Column("collection_id", Serial, nullable=False),
        Column("job_id", CleanText, nullable=False),
        Column("job_type", CleanText, nullable=False),
        Column("collected_at", UtcTime, nullable=False),
        Column("stored_at", UtcTime, nullable=False),
        Column("metrics", Json, nullable=False),
        PrimaryKeyConstraint("collection_id", name="pk_bot_metrics"),
        sqlite_autoincrement=True,
    )
