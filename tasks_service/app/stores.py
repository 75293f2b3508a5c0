"""The stores of an installation: its database, and Redis beside it where one is configured."""

from tasks_service.app.planning import open_database
from tasks_service.control.routed_stores import with_second
from tasks_service.core.ports import Clock
from tasks_service.core.stores import Stores
from tasks_service.settings import Settings


def open_job_stores(settings: Settings, clock: Clock) -> Stores:
    """The stores, the database's schema brought up to date. Redis is connected at its first use."""
    stores = open_database(settings)
    if settings.redis_url is None:
        return stores
    # Here: most installations have none, and loading it takes a tenth of the start.
    from tasks_service.adapters.redis_ledger import Connection, RedisLedger

    connection = Connection(settings.redis_url.get_secret_value(), clock)
    return with_second(stores, RedisLedger(connection, stores.archive, tag=settings.redis_prefix))
