"""A whole service in this process: real stores, the control room and the API; only the runs are told how to end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from house import KEY, House

from tasks_service.api import Options


@pytest.fixture
def house(fresh_database: str, tmp_path: Path) -> Iterator[House]:
    """A service without keys on loopback."""
    with House(fresh_database, tmp_path, Options(version="0", secret_key="s")).opened() as opened:
        yield opened


@pytest.fixture
def locked(fresh_database: str, tmp_path: Path) -> Iterator[House]:
    """A service with a key, listening publicly."""
    options = Options(version="0", secret_key="s", key=KEY, public=True)
    with House(fresh_database, tmp_path, options).opened() as opened:
        yield opened


@pytest.fixture
def exposed(fresh_database: str, tmp_path: Path) -> Iterator[House]:
    """A service without keys, listening publicly."""
    with House(fresh_database, tmp_path, Options(version="0", secret_key="s", public=True)).opened() as opened:
        yield opened
