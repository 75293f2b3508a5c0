"""The confinement that this installation wants for its runs."""

from pathlib import Path

from tasks_service.adapters.sql.checkup import sqlite_file
from tasks_service.core.confinement import Confinement
from tasks_service.settings import Settings


def confinement(settings: Settings) -> Confinement:
    """How far runs are cut off, which further files they reach, and which they never do."""
    database = sqlite_file(settings.database_url.get_secret_value())
    return Confinement(
        wanted=settings.sandbox,
        minimum=settings.sandbox_min,
        readable=settings.sandbox_read,
        writable=settings.sandbox_write,
        private=tuple(str(path.absolute()) for path in (Path(".env"), database) if path),
    )
