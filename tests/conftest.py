"""Fixtures that more than one suite uses."""

from collections.abc import Iterator

import pytest
from servers import PostgresServer, postgres, valkey


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
