"""What was: every applied version of a job, who led, and which processes there were."""

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint

from tasks_service.adapters.sql.columns import CleanText, Serial, UtcTime, word
from tasks_service.core.history import LeadEnding, Leaving

revision = "r0009"
down_revision = "r0008"

_KNOWN_VERSIONS = """
INSERT INTO versions (job_uid, job_key, manifest, digest, source, path, line, revision, author, applied_at, ended_at,
                      deleted, created)
SELECT jobs.job_uid, jobs.job_key, jobs.manifest, jobs.digest, jobs.source, jobs.path, jobs.line, jobs.revision,
       coalesce(manifests.actor, ''), jobs.applied_at, jobs.deleted_at, jobs.deleted_at IS NOT NULL, FALSE
FROM jobs LEFT JOIN manifests
  ON jobs.source = 'api' AND manifests.job_key = jobs.job_key AND manifests.deleted_at IS NULL
"""
_PRESENT_LEADER = """
INSERT INTO leaderships (term, owner, node, pid, since)
SELECT term, owner, node, pid, acquired_at FROM lease WHERE owner <> ''
"""

BEGINNINGS = (_KNOWN_VERSIONS, _PRESENT_LEADER)
"""What is known already when the history begins."""


def upgrade() -> None:
    """Create the tables, begin them with what is known, and keep members that leave."""
    op.create_table(
        "versions",
        Column("version_id", Serial, nullable=False),
        Column("job_uid", CleanText, nullable=False),
        Column("job_key", CleanText, nullable=False),
        Column("manifest", CleanText, nullable=False),
        Column("digest", CleanText, nullable=False),
        Column("source", CleanText, nullable=False),
        Column("path", CleanText, nullable=False),
        Column("line", Integer, nullable=False),
        Column("revision", CleanText, nullable=False),
        Column("author", CleanText, nullable=False),
        Column("applied_at", UtcTime, nullable=False),
        Column("ended_at", UtcTime),
        Column("deleted", Boolean, nullable=False),
        Column("created", Boolean, nullable=False),
        PrimaryKeyConstraint("version_id", name="pk_versions"),
        ForeignKeyConstraint(["job_uid"], ["jobs.job_uid"], name="fk_versions_job_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_versions_job_uid_applied_at", "versions", ["job_uid", "applied_at"])
    op.create_index("ix_versions_job_key_version_id", "versions", ["job_key", "version_id"])
    op.create_index("ix_versions_ended_at", "versions", ["ended_at"])
    op.create_table(
        "leaderships",
        Column("leadership_id", Serial, nullable=False),
        Column("term", BigInteger, nullable=False),
        Column("owner", CleanText, nullable=False),
        Column("node", CleanText, nullable=False),
        Column("pid", Integer, nullable=False),
        Column("since", UtcTime, nullable=False),
        Column("until", UtcTime),
        Column("ending", word(LeadEnding)),
        PrimaryKeyConstraint("leadership_id", name="pk_leaderships"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_leaderships_since", "leaderships", ["since"])
    for statement in BEGINNINGS:
        op.execute(statement)
    op.add_column("lease", Column("renewed_at", UtcTime))
    op.add_column("members", Column("ending", word(Leaving)))
    op.create_index("ix_members_ending_seen_at", "members", ["ending", "seen_at"])
