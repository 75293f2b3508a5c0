"""Where a directory really lies. Tools that deploy by symlinks change it in one atomic swap."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """Equal layouts mean that the directory was not swapped for another."""

    root: str
    """The path of the directory, without links."""
    inode: tuple[int, int]
    data: str
    """Where a Kubernetes ConfigMap's ``..data`` points; empty where there is none."""


def layout_of(root: Path) -> Layout:
    """The present layout; raises ``OSError`` where the directory does not exist."""
    real = os.path.realpath(root, strict=True)
    status = os.stat(real)  # noqa: PTH116 - beside the other raw calls of a look
    try:
        data = os.readlink(f"{real}/..data")  # noqa: PTH115
    except OSError:
        data = ""
    return Layout(real, (status.st_ino, status.st_dev), data)
