"""Tallies, and the marks of what they hold. What ended before stays out of them."""

from alembic import op
from sqlalchemy import BigInteger, Column, Float, Integer, PrimaryKeyConstraint, text

from tasks_service.adapters.sql.columns import CleanText

revision = "r0005"
down_revision = "r0004"

_UNCOUNTED = {
    "runs": ("number", "state NOT IN ('queued', 'running') AND counted = 0", "state IN ('queued', 'running')"),
    "occurrences": ("occurrence_id", "outcome IS NOT NULL AND counted < slots", "outcome IS NULL"),
}
"""By table: its key, what is not counted yet, and what is still going to be."""


def upgrade() -> None:
    """Create the table, mark the rows, and let the last success of a job be found in an index."""
    op.create_table(
        "tallies",
        Column("measure", CleanText, nullable=False),
        Column("job_type", CleanText, nullable=False),
        Column("facet", CleanText, nullable=False),
        Column("le", Float, nullable=False),
        Column("times", BigInteger, nullable=False),
        Column("total", Float, nullable=False),
        PrimaryKeyConstraint("measure", "job_type", "facet", "le", name="pk_tallies"),
    )
    for table, (key, uncounted, unfinished) in _UNCOUNTED.items():
        op.add_column(table, Column("counted", Integer))
        op.execute(text(f"UPDATE {table} SET counted = 0 WHERE {unfinished}"))  # noqa: S608 - our own words
        where = text(uncounted)
        op.create_index(f"ix_{table}_uncounted", table, [key], sqlite_where=where, postgresql_where=where)
    op.create_index("ix_runs_job_uid_state_finished_at", "runs", ["job_uid", "state", "finished_at"])
    op.drop_index("ix_runs_job_uid_state", "runs")
