"""What explains the past of the jobs in the database."""

from tasks_service.adapters.system_clock import SystemClock
from tasks_service.app.stores import open_job_stores
from tasks_service.control.explainer import Explainer
from tasks_service.core.stores import Stores
from tasks_service.settings import Settings


def open_explainer(settings: Settings) -> tuple[Explainer, Stores]:
    """An explainer over the configured database; the caller closes the stores."""
    clock = SystemClock()
    stores = open_job_stores(settings, clock)
    return Explainer(clock=clock, stores=stores, history_days=settings.history_days), stores
