"""The database, examined without changing anything in it."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, create_engine, make_url, text

from tasks_service.adapters.sql.engine import make_engine, read
from tasks_service.adapters.sql.revisions import migrations, present_revisions, unknown_revisions
from tasks_service.core.checkup.database import DatabaseFacts, Schema
from tasks_service.core.errors import TasksError

_SECONDS = 4


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite database; None for any other address."""
    address = make_url(url)
    return Path(address.database) if address.get_backend_name() == "sqlite" and address.database else None


def examine_database(url: str, now: Callable[[], datetime]) -> DatabaseFacts:
    """Connect and look. A file that is not there is not made."""
    try:
        engine = make_engine(url)  # refuses addresses that are none
        file = sqlite_file(url)
        if file is not None:
            if not file.exists():
                return DatabaseFacts()
            engine = reading_only(file)
        try:
            with read(engine) as connection:
                return _examine(connection, now)
        finally:
            engine.dispose()
    except TasksError as error:
        return DatabaseFacts(trouble=error.message.removeprefix("the database does not answer: "))


def reading_only(file: Path) -> Engine:
    """An engine for a file that is there, which can write nothing into it."""
    address = f"file:{quote(str(file.absolute()))}?mode=ro"
    return create_engine(
        "sqlite+pysqlite://",
        poolclass=NullPool,
        creator=lambda: sqlite3.connect(address, uri=True, timeout=_SECONDS),
    )


def _examine(connection: Connection, now: Callable[[], datetime]) -> DatabaseFacts:
    postgres = connection.dialect.name == "postgresql"
    version = ".".join(map(str, connection.dialect.server_version_info or ()))
    return DatabaseFacts(
        product=f"{'PostgreSQL' if postgres else 'SQLite'} {version}",
        schema=_schema(connection),
        may_create=not postgres or bool(connection.scalar(text(_MAY_CREATE))),
        skew_seconds=_skew(connection, now) if postgres else None,
    )


_MAY_CREATE = "SELECT has_schema_privilege(current_schema(), 'CREATE')"


def _schema(connection: Connection) -> Schema:
    _, script = migrations()
    present = present_revisions(connection)
    if not present:
        return Schema.ABSENT
    if unknown_revisions(script, present):
        return Schema.UNKNOWN
    return Schema.CURRENT if present == set(script.get_heads()) else Schema.OLDER


def _skew(connection: Connection, now: Callable[[], datetime]) -> float:
    """Seconds by which its clock is ahead, to within half the time that the question takes."""
    before = now()
    there: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    middle = before + (now() - before) / 2
    return (there.astimezone(UTC) - middle).total_seconds()
