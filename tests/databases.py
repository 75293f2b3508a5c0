"""Databases for tests: opened, and closed again."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from tasks_service.adapters.sql.engine import make_engine
from tasks_service.adapters.sql.stores import open_stores
from tasks_service.core.stores import Stores


@contextmanager
def opened(url: str) -> Iterator[Stores]:
    """The stores of a database."""
    stores = open_stores(url)
    try:
        yield stores
    finally:
        stores.database.close()


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    """A way to look behind the stores."""
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def migrated(url: str) -> str:
    """The address of a database, once its schema is there."""
    with opened(url) as stores:
        stores.database.migrate()
    return url
