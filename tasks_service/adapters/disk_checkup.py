"""Folders, examined by writing into them."""

import os
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from tasks_service.core.checkup.disk import FolderFacts


def examine_folder(purpose: str, folder: Path, *, made_if_absent: bool) -> FolderFacts:
    """Room and rights. Where the folder is still to be made, the one that it would be made in counts."""
    path = str(folder)
    try:
        while made_if_absent and not folder.exists():
            folder = folder.absolute().parent
        tempfile.TemporaryFile(dir=folder).close()
        room = os.statvfs(folder)
    except OSError as error:
        return FolderFacts(purpose=purpose, path=path, trouble=error.strerror or str(error))
    return FolderFacts(
        purpose=purpose,
        path=path,
        free_bytes=room.f_bavail * room.f_frsize,
        free_inodes=room.f_favail if room.f_files else None,
    )


def newest_write(paths: Iterable[Path]) -> datetime | None:
    """When the youngest of these was written; None where none is there."""
    moments = [datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in paths if path.exists()]
    return max(moments, default=None)
