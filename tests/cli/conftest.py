"""A folder with one good manifest."""

from pathlib import Path

import pytest
from running import command_job


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "good.yaml").write_text(command_job("good", "true"))
    return tmp_path
