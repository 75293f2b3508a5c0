"""A workbench per test, on a copy of one migrated database."""

from collections.abc import Iterator

import pytest
from workbench import Workbench, workbench


@pytest.fixture
def bench(fresh_database: str) -> Iterator[Workbench]:
    with workbench(fresh_database) as bench:
        yield bench
