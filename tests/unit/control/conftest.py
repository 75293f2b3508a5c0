"""A workbench per test, on a copy of one migrated database."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from workbench import Workbench, workbench

from tasks_service.adapters.sql.stores import open_stores


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "tasks.db"
    stores = open_stores(f"sqlite:///{path}")
    stores.database.migrate()
    stores.database.close()
    return path


@pytest.fixture
def bench(migrated: Path, tmp_path: Path) -> Iterator[Workbench]:
    with workbench(f"sqlite:///{shutil.copy(migrated, tmp_path)}") as bench:
        yield bench
