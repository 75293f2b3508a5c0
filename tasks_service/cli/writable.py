"""The data folder, tried before anything starts."""

import tempfile
from pathlib import Path

from tasks_service.cli.problem import fail


def require_writable(folder: Path) -> None:
    """Runs work below this folder; without it the service would start and then fail each of them."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        fail(
            f"TASKS_DATA_DIR: {folder} cannot be written: {error.strerror}",
            "name a folder that this user may make and write in",
        )
