"""Calendars as they were last applied."""

from alembic import op
from sqlalchemy import Column, Integer, PrimaryKeyConstraint

from tasks_service.adapters.sql.columns import CleanText, UtcTime

revision = "r0008"
down_revision = "r0007"


def upgrade() -> None:
    """Keep what slots are judged by, so that a restarted leader and every replica know it."""
    op.create_table(
        "calendars",
        Column("calendar_key", CleanText, nullable=False),
        Column("calendar", CleanText, nullable=False),
        Column("source", CleanText, nullable=False),
        Column("path", CleanText, nullable=False),
        Column("line", Integer, nullable=False),
        Column("revision", CleanText, nullable=False),
        Column("applied_at", UtcTime, nullable=False),
        PrimaryKeyConstraint("calendar_key", name="pk_calendars"),
    )
