"""A whole service in this process: SQLite stores, the control room and the API; only the runs are told how to end."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from house import KEY, House

from tasks_service.adapters.sql.stores import open_stores
from tasks_service.api import Options


@pytest.fixture(scope="session")
def fresh_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database; every test gets a copy."""
    path = tmp_path_factory.mktemp("database") / "tasks.db"
    stores = open_stores(f"sqlite:///{path}")
    stores.database.migrate()
    stores.database.close()
    return path


@pytest.fixture
def database(fresh_database: Path, tmp_path: Path) -> str:
    """The address of a database of one's own."""
    shutil.copy(fresh_database, tmp_path / "tasks.db")
    return f"sqlite:///{tmp_path}/tasks.db"


@pytest.fixture
def house(database: str, tmp_path: Path) -> Iterator[House]:
    """A service without keys on loopback."""
    with House(database, tmp_path, Options(version="0", secret_key="s")).opened() as opened:
        yield opened


@pytest.fixture
def locked(database: str, tmp_path: Path) -> Iterator[House]:
    """A service with a key, listening publicly."""
    options = Options(version="0", secret_key="s", key=KEY, public=True)
    with House(database, tmp_path, options).opened() as opened:
        yield opened


@pytest.fixture
def exposed(database: str, tmp_path: Path) -> Iterator[House]:
    """A service without keys, listening publicly."""
    with House(database, tmp_path, Options(version="0", secret_key="s", public=True)).opened() as opened:
        yield opened
