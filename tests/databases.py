"""Databases for tests: opened, and closed again."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config

from tasks_service.adapters.redis_ledger import Connection, RedisLedger
from tasks_service.adapters.sql import migrations
from tasks_service.adapters.sql.engine import make_engine
from tasks_service.adapters.sql.stores import open_stores
from tasks_service.adapters.system_clock import SystemClock
from tasks_service.control.routed_stores import with_second
from tasks_service.core.stores import Stores

BESIDE = " beside "
"""Between the address of a database and those of a Redis and of the keys in it."""


def beside(database_url: str, redis_url: str, tag: str) -> str:
    """The address of a database with a Redis beside it."""
    return BESIDE.join((database_url, redis_url, tag))


@contextmanager
def opened(url: str) -> Iterator[Stores]:
    """The stores of a database, and of the Redis beside it if the address names one."""
    database_url, *redis = url.split(BESIDE)
    stores = open_stores(database_url)
    if redis:
        redis_url, tag = redis
        stores = with_second(stores, RedisLedger(Connection(redis_url, SystemClock()), stores.archive, tag=tag))
    with closing(stores):
        yield stores


@contextmanager
def engine_of(url: str) -> Iterator[sqlalchemy.Engine]:
    """A way to look behind the stores."""
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def migrate_to(connection: sqlalchemy.Connection, revision: str) -> None:
    """Bring an empty database to the schema of an older version."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def migrated(url: str) -> str:
    """The address of a database, once its schema is there."""
    with opened(url) as stores:
        stores.database.migrate()
    return url
