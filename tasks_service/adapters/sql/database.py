"""The database as a whole: its schema, its pulse, its connections."""

from alembic import command
from sqlalchemy import Connection, Engine, func, select, text

from tasks_service.adapters.sql.engine import read, write
from tasks_service.adapters.sql.revisions import migrations, present_revisions, unknown_revisions
from tasks_service.core.errors import Conflict, StoreUnavailable

MIGRATING = 7_130_000
"""The advisory lock of those who migrate."""


class SqlDatabase:
    """Implements ``Database``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def migrate(self) -> None:
        """Bring the schema up to date in one transaction, one process at a time; refuse an unknown newer one."""
        try:
            self._migrate()
        except StoreUnavailable as error:
            address = self._engine.url.set(query={}).render_as_string(hide_password=True)
            raise StoreUnavailable(error.message, hint=f"is DATABASE_URL right? It names {address}") from error

    def _migrate(self) -> None:
        config, script = migrations()
        with write(self._engine) as connection:
            _one_at_a_time(connection)
            present = present_revisions(connection)
            if unknown := unknown_revisions(script, present):
                raise Conflict(
                    f"the database is at revision {', '.join(sorted(unknown))}, which this version does not know",
                    hint="a newer version of the service migrated it: run that version, or restore a backup",
                )
            if present != set(script.get_heads()):
                config.attributes["connection"] = connection
                command.upgrade(config, "head")

    def check(self) -> str:
        """Empty where it answers, else the reason."""
        try:
            with read(self._engine) as connection:
                connection.execute(text("SELECT 1"))
        except StoreUnavailable as error:
            return error.message
        return ""

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


def _one_at_a_time(connection: Connection) -> None:
    """SQLite's write lock is held already. On PostgreSQL others wait as long as the migration takes."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(select(func.pg_advisory_xact_lock(MIGRATING)))
