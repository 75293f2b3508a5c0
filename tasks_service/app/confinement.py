"""The confinement that this installation wants for its runs."""

from tasks_service.core.confinement import Confinement
from tasks_service.settings import Settings


def confinement(settings: Settings) -> Confinement:
    """How far runs are cut off, and which further files they reach."""
    return Confinement(
        wanted=settings.sandbox,
        minimum=settings.sandbox_min,
        readable=settings.sandbox_read,
        writable=settings.sandbox_write,
    )
