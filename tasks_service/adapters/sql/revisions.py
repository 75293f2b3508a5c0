"""The revisions of the schema: those that this version knows, and those that a database has."""

from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_MIGRATIONS = Path(__file__).with_name("migrations")


def migrations() -> tuple[Config, ScriptDirectory]:
    """All migrations, and the configuration that carries them out."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config, ScriptDirectory.from_config(config)


def present_revisions(connection: Connection) -> set[str]:
    """Where the database stands; empty where it has no tables of ours."""
    return set(MigrationContext.configure(connection).get_current_heads())


def unknown_revisions(script: ScriptDirectory, present: set[str]) -> set[str]:
    """Those that only a newer version of the service knows."""
    return present - {revision.revision for revision in script.walk_revisions()}
