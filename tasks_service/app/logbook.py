"""How this installation logs."""

from tasks_service import logs
from tasks_service.api.tracing import current
from tasks_service.jobs.job_registry import load_job_types
from tasks_service.settings import Settings


def set_up_logs(settings: Settings) -> None:
    """Log as the settings say; every line of a request carries its name, and no secret appears."""
    logs.set_up(
        settings.log_level,
        secret_texts(settings),
        as_json=settings.log_format == "json",
        statements=settings.log_sql,
        surroundings=current,
    )


def secret_texts(settings: Settings) -> frozenset[str]:
    """The secrets of the settings, and those that job types declare."""
    declared = {name for known in load_job_types().values() for name in known.secrets}
    return settings.secret_texts | frozenset(settings.values(declared).values())
