"""Every store's suite runs on SQLite and on PostgreSQL, each test in a database of its own.

Those of ledger and inventory also run with all jobs in Redis, beside SQLite.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from builders import jobs_stored_in
from databases import beside, migrated, opened
from servers import PostgresServer
from sqlalchemy import make_url

from tasks_service.core.stores import Stores


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "tasks.db"
    migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> Iterator[str]:
    url = migrated(postgres_server.create())
    yield make_url(url).database or ""
    postgres_server.drop(url)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_url" in metafunc.fixturenames:
        places = ["sqlite", "postgresql"]
        if metafunc.module.__name__.rpartition(".")[2].startswith(("test_ledger_", "test_inventory")):
            places.append("redis")
        metafunc.parametrize("database_url", places, indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database."""
    if request.param != "postgresql":
        path = shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "tasks.db")
        if request.param == "sqlite":
            yield f"sqlite:///{path}"
            return
        with jobs_stored_in("redis"):
            yield beside(f"sqlite:///{path}", request.getfixturevalue("valkey_url"), f"test-{uuid4().hex[:12]}")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.create(request.getfixturevalue("postgres_template"))
    yield url
    server.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a schema."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/empty.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def stores(database_url: str) -> Iterator[Stores]:
    """The stores under test."""
    with opened(database_url) as ready:
        yield ready
