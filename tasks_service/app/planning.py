"""What compares the manifests with the jobs in the database."""

from tasks_service.adapters.sql.recorded import read_recorded
from tasks_service.adapters.sql.stores import open_stores
from tasks_service.adapters.system_clock import SystemClock
from tasks_service.app.manifests import rulebook
from tasks_service.app.sources import guards, sources
from tasks_service.control.api_source import ApiSource
from tasks_service.control.planner import Planner
from tasks_service.core.stores import Stores
from tasks_service.settings import Settings

__all__ = ["open_database", "open_planner", "read_recorded"]


def open_database(settings: Settings) -> Stores:
    """The stores of the configured database, its schema brought up to date."""
    stores = open_stores(settings.database_url.get_secret_value())
    stores.database.migrate()
    return stores


def open_planner(settings: Settings) -> tuple[Planner, Stores]:
    """A planner over the configured database and directory; the caller closes the stores."""
    clock = SystemClock()
    stores = open_database(settings)
    own = ApiSource(stores.manifests, rulebook(settings), clock)
    planner = Planner(
        clock=clock,
        sources=(*sources(settings, clock), own),
        stores=stores,
        guards=guards(settings),
        strict=settings.sync_policy == "strict",
    )
    return planner, stores
