"""The directories in which runs work: one per run, below one that belongs to this executor alone."""

import fcntl
import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

_LOCK = ".lock"
_PASSABLE = 0o711
"""Users of runs pass through to their own directory; none of them can list the others'."""
_UNUSUAL = re.compile(r"[^A-Za-z0-9_-]")


class Workspace:
    """A directory below ``data_dir/runs``, locked while this process lives."""

    def __init__(self, data_dir: Path) -> None:
        self._all = (data_dir / "runs").absolute()
        self._own: Path | None = None
        self._lock: IO[bytes] | None = None

    def open(self) -> None:
        """Take a directory, and remove those whose owners died without doing so."""
        self._all.mkdir(mode=_PASSABLE, parents=True, exist_ok=True)
        self._all.chmod(_PASSABLE)
        self._own = Path(tempfile.mkdtemp(dir=self._all))
        self._own.chmod(_PASSABLE)
        self._lock = _try_to_lock(self._own)
        for other in self._all.iterdir():
            if other != self._own and (lock := _try_to_lock(other)) is not None:
                shutil.rmtree(other, ignore_errors=True)
                lock.close()

    @property
    def directory(self) -> Path:
        """Where all runs of this executor work."""
        if self._own is None:
            raise RuntimeError("the workspace is not open")
        return self._own

    def of_run(self, run_id: str) -> Path:
        """Where a run works; its supervisor makes the directory and removes it."""
        return self.directory / _UNUSUAL.sub("_", run_id)

    def close(self) -> None:
        """Remove everything."""
        if self._own is not None:
            shutil.rmtree(self._own, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()


def _try_to_lock(directory: Path) -> IO[bytes] | None:
    """The lock of a directory, held until it is closed; None where somebody else holds it."""
    with suppress(OSError):
        lock = (directory / _LOCK).open("wb")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return None
        return lock
    return None
