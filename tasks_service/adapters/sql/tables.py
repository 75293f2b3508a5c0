"""The tables. Migrations bring a database to exactly this."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from tasks_service.adapters.sql.columns import CleanText, Json, Serial, UtcTime, word
from tasks_service.core.alarm import AlarmKind
from tasks_service.core.history import LeadEnding, Leaving
from tasks_service.core.override import OverrideKind
from tasks_service.core.preflight import PreflightState
from tasks_service.core.run import Outcome, RunState, Trigger

UNCOUNTED_RUNS = "state NOT IN ('queued', 'running') AND counted = 0"
UNCOUNTED_OCCURRENCES = "outcome IS NOT NULL AND counted < slots"
"""What the tallies do not hold yet. Queries must say it in these very words to find it by its index."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

jobs = Table(
    "jobs",
    metadata,
    Column("job_uid", CleanText, primary_key=True),
    Column("job_id", CleanText, nullable=False),
    Column("job_key", CleanText, nullable=False),  # the job_id in lower case
    Column("job_type", CleanText, nullable=False),
    Column("manifest", CleanText, nullable=False),  # JSON
    Column("digest", CleanText, nullable=False),
    Column("source", CleanText, nullable=False),
    Column("path", CleanText, nullable=False),
    Column("line", Integer, nullable=False),
    Column("revision", CleanText, nullable=False),
    Column("applied_at", UtcTime, nullable=False),
    Column("cursor", UtcTime, nullable=False),
    Column("next_due", UtcTime),
    Column("halted", Boolean, nullable=False),
    Column("deleted_at", UtcTime),
    Column("store", CleanText, nullable=False, server_default="sql"),  # as the manifest says: who claims
)
Index(
    "uq_jobs_live_key",
    jobs.c.job_key,
    unique=True,
    sqlite_where=text("deleted_at IS NULL"),
    postgresql_where=text("deleted_at IS NULL"),
)

versions = Table(
    "versions",
    metadata,
    Column("version_id", Serial, primary_key=True),
    Column("job_uid", ForeignKey("jobs.job_uid"), nullable=False),
    Column("job_key", CleanText, nullable=False),
    Column("manifest", CleanText, nullable=False),  # JSON
    Column("digest", CleanText, nullable=False),
    Column("source", CleanText, nullable=False),
    Column("path", CleanText, nullable=False),
    Column("line", Integer, nullable=False),
    Column("revision", CleanText, nullable=False),
    Column("author", CleanText, nullable=False),
    Column("applied_at", UtcTime, nullable=False),
    Column("ended_at", UtcTime),
    Column("deleted", Boolean, nullable=False),  # ended with its job, not by another version
    Column("created", Boolean, nullable=False),  # with it the job began, or came back
    Index(None, "job_uid", "applied_at"),
    Index(None, "job_key", "version_id"),
    Index(None, "ended_at"),
    sqlite_autoincrement=True,
)

occurrences = Table(
    "occurrences",
    metadata,
    Column("occurrence_id", Serial, primary_key=True),
    Column("job_uid", ForeignKey("jobs.job_uid"), nullable=False),
    Column("job_id", CleanText, nullable=False),
    Column("slot", CleanText, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("slots", Integer, nullable=False),  # how many it stands for
    Column("trigger", word(Trigger), nullable=False),
    Column("outcome", word(Outcome)),
    Column("reason", CleanText, nullable=False),
    Column("digest", CleanText, nullable=False),
    Column("revision", CleanText, nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("closed_at", UtcTime),  # when it got its outcome
    Column("counted", Integer, default=0),  # how many of them the tallies hold; NULL where they never will
    Column("dry_run", Boolean, nullable=False, server_default=false()),  # what would be done was told, nothing else
    UniqueConstraint("job_uid", "slot"),
    Index(None, "job_uid", "due_at"),
    Index(None, "closed_at"),
    Index(
        "ix_occurrences_uncounted",
        "occurrence_id",
        sqlite_where=text(UNCOUNTED_OCCURRENCES),
        postgresql_where=text(UNCOUNTED_OCCURRENCES),
    ),
    sqlite_autoincrement=True,
)

runs = Table(
    "runs",
    metadata,
    Column("number", Serial, primary_key=True),  # ascends: the order in which runs were queued
    Column("run_id", CleanText, nullable=False, unique=True),
    Column("occurrence_id", ForeignKey("occurrences.occurrence_id", ondelete="CASCADE"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("job_uid", CleanText, nullable=False),
    Column("job_id", CleanText, nullable=False),
    Column("job_type", CleanText, nullable=False),
    Column("slot", CleanText, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("trigger", word(Trigger), nullable=False),
    Column("state", word(RunState), nullable=False),
    Column("digest", CleanText, nullable=False),
    Column("revision", CleanText, nullable=False),
    Column("parameters", Json, nullable=False),
    Column("exclusive", Boolean, nullable=False),  # waits while another run of its job is under way
    Column("queued_at", UtcTime, nullable=False),
    Column("not_before", UtcTime, nullable=False),
    Column("sent_at", UtcTime),  # when it was last sent to the workers
    Column("started_at", UtcTime),
    Column("finished_at", UtcTime),
    Column("seconds", Float),  # from start to end
    Column("owner", CleanText, nullable=False, default=""),
    Column("node", CleanText, nullable=False, default=""),
    Column("actor", CleanText, nullable=False, default=""),
    Column("cancel_requested_by", CleanText, nullable=False, default=""),
    Column("cancel_reason", CleanText, nullable=False, default=""),
    Column("result", Json),
    Column("error", Json),
    Column("exit_code", BigInteger),
    Column("signal", CleanText),
    Column("cpu_seconds", Float),
    Column("peak_memory_bytes", BigInteger),
    Column("output_bytes", BigInteger),
    Column("isolation", CleanText, nullable=False, server_default=""),
    Column("start_seconds", Float),  # from being given to the sandbox to the first line of job code
    Column("counted", Integer, default=0),  # 1 where the tallies hold it; NULL where they never will
    Column("dry_run", Boolean, nullable=False, server_default=false()),  # what would be done was told, nothing else
    Column("store", CleanText, nullable=False, server_default="sql"),  # who starts and ends it; else this is a copy
    UniqueConstraint("occurrence_id", "attempt"),
    Index(None, "state", "not_before"),
    Index(None, "job_uid", "number"),
    Index(None, "job_uid", "state", "finished_at"),
    Index(None, "job_uid", "state", "due_at"),
    Index(None, "finished_at"),
    Index("ix_runs_uncounted", "number", sqlite_where=text(UNCOUNTED_RUNS), postgresql_where=text(UNCOUNTED_RUNS)),
    sqlite_autoincrement=True,
)

tallies = Table(
    "tallies",
    metadata,
    Column("measure", CleanText, primary_key=True),
    Column("job_type", CleanText, primary_key=True),
    Column("facet", CleanText, primary_key=True),
    Column("le", Float, primary_key=True),  # the upper end of the bucket, infinite for the last
    Column("times", BigInteger, nullable=False),
    Column("total", Float, nullable=False),
)

output_blocks = Table(
    "output_blocks",
    metadata,
    Column("run_id", CleanText, primary_key=True),  # a run of a second store may be folded after its output
    Column("first_seq", Integer, primary_key=True, autoincrement=False),
    Column("last_seq", Integer, primary_key=True, autoincrement=False),
    Column("lines", LargeBinary, nullable=False),
)

run_progress = Table(
    "run_progress",
    metadata,
    Column("run_id", CleanText, primary_key=True),  # the newest that it told
    Column("done", Float, nullable=False),
    Column("total", Float),
    Column("text", CleanText, nullable=False),
    Column("at", UtcTime, nullable=False),
)

run_artifacts = Table(
    "run_artifacts",
    metadata,
    Column("run_id", CleanText, primary_key=True),
    Column("name", CleanText, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("sha256", CleanText, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
)

overrides = Table(
    "overrides",
    metadata,
    Column("override_id", Serial, primary_key=True),
    Column("job_uid", ForeignKey("jobs.job_uid")),  # null: it concerns many jobs, see labels
    Column("kind", word(OverrideKind), nullable=False),
    Column("actor", CleanText, nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("until", UtcTime),
    Column("ended_at", UtcTime),
    Column("ended_by", CleanText, nullable=False, default=""),
    Column("labels", Json, nullable=False, server_default="{}"),  # what all its jobs have, where no job is named
    Column("revision", CleanText, nullable=False, server_default=""),  # of a pin
    Column("as_of", UtcTime),  # of a pin: when that revision was in force
    Index(None, "job_uid", "ended_at"),
    Index(None, "ended_at", "until"),
    sqlite_autoincrement=True,
)

alarms = Table(
    "alarms",
    metadata,
    Column("alarm_id", Serial, primary_key=True),
    Column("job_uid", ForeignKey("jobs.job_uid"), nullable=False),
    Column("job_id", CleanText, nullable=False),
    Column("kind", word(AlarmKind), nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("raised_at", UtcTime, nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("run_id", CleanText, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("until", UtcTime),  # when it was over
    Column("cleared_by", CleanText, nullable=False, default=""),
    Index(
        "uq_alarms_open",
        "job_uid",
        "kind",
        unique=True,
        sqlite_where=text("until IS NULL"),
        postgresql_where=text("until IS NULL"),
    ),
    Index(None, "job_uid", "alarm_id"),
    Index(None, "until"),
    sqlite_autoincrement=True,
)

preflights = Table(
    "preflights",
    metadata,
    Column("job_uid", ForeignKey("jobs.job_uid"), primary_key=True),
    Column("state", word(PreflightState), nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("findings", Json, nullable=False),
    Column("digest", CleanText, nullable=False),  # of the manifest it was for
    Column("at", UtcTime),  # when it began
    Column("seconds", Float),
    Column("asked_at", UtcTime),  # when somebody asked for another one
    Column("asked_by", CleanText, nullable=False),
    Index(
        None,
        "asked_at",
        sqlite_where=text("asked_at IS NOT NULL"),
        postgresql_where=text("asked_at IS NOT NULL"),
    ),
)

manifests = Table(
    "manifests",
    metadata,
    Column("job_key", CleanText, primary_key=True),
    Column("document", Json, nullable=False),  # as it was given
    Column("manifest", CleanText, nullable=False),  # JSON, as it was validated: parameters in their canonical form
    Column("version", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("actor", CleanText, nullable=False),
    Column("deleted_at", UtcTime),
)

archived_manifests = Table(
    "archived_manifests",
    metadata,
    Column("archive_id", Serial, primary_key=True),
    Column("job_key", CleanText, nullable=False),
    Column("document", Json, nullable=False),
    Column("version", Integer, nullable=False),
    Column("actor", CleanText, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("archived_at", UtcTime, nullable=False),
    Column("reason", CleanText, nullable=False),
    sqlite_autoincrement=True,
)

calendars = Table(
    "calendars",
    metadata,
    Column("calendar_key", CleanText, primary_key=True),  # the calendar_id in lower case
    Column("calendar", CleanText, nullable=False),  # JSON: the document, and what its iCalendar files held
    Column("source", CleanText, nullable=False),
    Column("path", CleanText, nullable=False),
    Column("line", Integer, nullable=False),
    Column("revision", CleanText, nullable=False),
    Column("applied_at", UtcTime, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("name", CleanText, primary_key=True),
    Column("observed", CleanText, nullable=False),
    Column("attempted", CleanText, nullable=False, server_default=""),
    Column("applied", CleanText, nullable=False),
    Column("commits", Json, nullable=False, server_default=text("'[]'")),
    Column("read_at", UtcTime),
    Column("failure", CleanText, nullable=False),
    Column("held", Boolean, nullable=False, server_default=false()),
    Column("trouble", CleanText, nullable=False, server_default=""),
    Column("files", Integer, nullable=False),
)

syncs = Table(
    "syncs",
    metadata,
    Column("sync_id", Serial, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Column("revision", CleanText, nullable=False),
    Column("status", CleanText, nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("plan_id", CleanText, nullable=False),
    Column("summary", CleanText, nullable=False),
    Column("actions", Json, nullable=False),
    Column("commits", Json, nullable=False, server_default=text("'[]'")),
    Column("repeated", Integer, nullable=False),
    sqlite_autoincrement=True,
)

problems = Table(
    "problems",
    metadata,
    Column("problem_id", Serial, primary_key=True),
    Column("source", CleanText, nullable=False),
    Column("diagnostic", Json, nullable=False),
    Column("since", UtcTime, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery", String(64), primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
)
"""Webhooks that were heard; one that comes again is known."""
confirmations = Table(
    "confirmations",
    metadata,
    Column("confirmation_id", Serial, primary_key=True),
    Column("plan_id", CleanText, nullable=False),
    Column("actor", CleanText, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("spent_at", UtcTime),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    Column("seq", Serial, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("kind", CleanText, nullable=False),
    Column("job_id", CleanText, nullable=False),
    Column("run_id", CleanText, nullable=False),
    Column("data", Json, nullable=False),
    sqlite_autoincrement=True,
)

audits = Table(
    "audits",
    metadata,
    Column("entry_id", Serial, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("actor", CleanText, nullable=False),
    Column("action", CleanText, nullable=False),
    Column("object", CleanText, nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("outcome", CleanText, nullable=False),
    Index(None, "object", "entry_id"),
    sqlite_autoincrement=True,
)

lease = Table(
    "lease",
    metadata,
    Column("name", CleanText, primary_key=True),
    Column("owner", CleanText, nullable=False),  # empty while nobody holds it
    Column("node", CleanText, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("pid_started", Float, nullable=False),
    Column("term", BigInteger, nullable=False),
    Column("acquired_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("connections", CleanText, nullable=False, server_default=""),  # what the holder's connections are called
    Column("renewed_at", UtcTime),
)

members = Table(
    "members",
    metadata,
    Column("owner", CleanText, primary_key=True),
    Column("node", CleanText, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("pid_started", Float, nullable=False),
    Column("role", CleanText, nullable=False),
    Column("facts", Json, nullable=False),
    Column("joined_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("beats", BigInteger, nullable=False),  # grows with every sign of life
    Column("ending", word(Leaving)),  # NULL for a member; the others are history
    Index(None, "ending", "seen_at"),
)

leaderships = Table(
    "leaderships",
    metadata,
    Column("leadership_id", Serial, primary_key=True),
    Column("term", BigInteger, nullable=False),
    Column("owner", CleanText, nullable=False),
    Column("node", CleanText, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("until", UtcTime),  # while it lasts, the lease knows when it was last renewed
    Column("ending", word(LeadEnding)),
    Index(None, "since"),
    sqlite_autoincrement=True,
)

bells = Table(
    "bells",
    metadata,
    Column("name", CleanText, primary_key=True),
    Column("rung", BigInteger, nullable=False),
)

bot_users = Table(
    "bot_users",
    metadata,
    Column("user_id", CleanText, primary_key=True),
    Column("name", CleanText, nullable=False),  # in lower case: the order of the list
    Column("document", Json, nullable=False),
    Column("job_id", CleanText, nullable=False),
    Column("stored_at", UtcTime, nullable=False),
    Index(None, "name", "user_id"),
)

bot_imports = Table(
    "bot_imports",
    metadata,
    Column("key", CleanText, primary_key=True),
    Column("job_id", CleanText, nullable=False),
    Column("users", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
)

bot_metrics = Table(
    "bot_metrics",
    metadata,
    Column("collection_id", Serial, primary_key=True),
    Column("job_id", CleanText, nullable=False),
    Column("job_type", CleanText, nullable=False),
    Column("collected_at", UtcTime, nullable=False),
    Column("stored_at", UtcTime, nullable=False),
    Column("metrics", Json, nullable=False),
    sqlite_autoincrement=True,
)
