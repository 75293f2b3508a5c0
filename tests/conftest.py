"""Fixtures that more than one suite uses."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest
from databases import migrated
from places import POSTGRES
from servers import PostgresServer, postgres, valkey
from sqlalchemy import make_url

_SERVERS = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """With TEST_DATABASE=postgresql one server for all processes of the run: they inherit its address."""
    if POSTGRES and "TEST_POSTGRES_URL" not in os.environ:
        os.environ["TEST_POSTGRES_URL"] = _SERVERS.enter_context(postgres()).url


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this process started."""
    _SERVERS.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for the whole session."""
    with postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty database for one test."""
    url = postgres_server.create()
    yield url
    postgres_server.drop(url)


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """One server for the whole session."""
    with valkey() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_template(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> str:
    """A migrated, empty database, from which each test's own is copied."""
    if POSTGRES:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        return migrated(server.create())
    return migrated(f"sqlite:///{tmp_path_factory.mktemp('template')}/tasks.db")


@pytest.fixture
def fresh_databases(
    migrated_template: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Callable[[], AbstractContextManager[str]]:
    """Makes the address of one more migrated database of the test's own, and takes it away again."""
    template = make_url(migrated_template).database or ""
    numbers = count()

    @contextmanager
    def make() -> Iterator[str]:
        if not POSTGRES:
            yield f"sqlite:///{shutil.copy(template, tmp_path / f'{next(numbers)}.db')}"
            return
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.create(template)
        yield url
        server.drop(url)

    return make


@pytest.fixture
def fresh_database(fresh_databases: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    """The address of a migrated database of the test's own."""
    with fresh_databases() as url:
        yield url
