"""What a run left to be kept: read by its supervisor when every process of the run is gone, and nothing is trusted.

No link is followed, nothing but regular files is opened, and never more than the limit is read.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from tasks_service.core.artifact import MOST_ARTIFACTS, Artifact, artifact_name
from tasks_service.core.run import RunResult
from tasks_service.core.sizes import format_size
from tasks_service.jobs.context import ARTIFACTS

_MOST_ENTRIES = 1000
"""Entries of the directory that are looked at."""
_MOST_REMARKS = 20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def with_artifacts(result: RunResult, workdir: Path, limit: int) -> RunResult:
    """The result with the files that its run left, ``limit`` bytes at most, and a remark on each that is left out."""
    collection = _Collection(limit)
    try:
        with _opened(str(workdir), _FOLDER) as parent, _opened(ARTIFACTS, _FOLDER, parent) as folder:
            collection.take_all(folder)
    except FileNotFoundError:
        return result
    except OSError as error:
        collection.remarks.append(f"the artifacts cannot be read: {error.strerror}")
    return result.model_copy(update={"artifacts": collection.taken, "remarks": collection.told})


class _LeftOut(Exception):
    """A file is not kept, for this reason."""


class _Collection:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._room = limit
        self._by_name: dict[str, Artifact] = {}
        self.remarks: list[str] = []

    @property
    def taken(self) -> tuple[Artifact, ...]:
        return tuple(self._by_name.values())

    @property
    def told(self) -> tuple[str, ...]:
        more = len(self.remarks) - _MOST_REMARKS
        shown = self.remarks[:_MOST_REMARKS]
        return (*shown, f"{more} more artifacts were left out") if more > 0 else tuple(shown)

    def take_all(self, folder: int) -> None:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in islice(entries, _MOST_ENTRIES + 1))
        if len(names) > _MOST_ENTRIES:
            self.remarks.append(f"only {_MOST_ENTRIES} artifacts were looked at: there are more")
        for name in names[:_MOST_ENTRIES]:
            try:
                self._take(name, folder)
            except _LeftOut as reason:
                self.remarks.append(f"artifact {artifact_name(name)} was left out: {reason}")
            except OSError as error:
                self.remarks.append(f"artifact {artifact_name(name)} was left out: {error.strerror}")

    def _take(self, name: str, folder: int) -> None:
        plain = artifact_name(name)
        if plain in self._by_name:
            raise _LeftOut("another one has this name; letters, digits, '.', '_' and '-' are kept of names")
        if len(self._by_name) >= MOST_ARTIFACTS:
            raise _LeftOut(f"a run keeps at most {MOST_ARTIFACTS}")
        _refuse_unusual(os.stat(name, dir_fd=folder, follow_symlinks=False))
        with _opened(name, _FILE, folder) as file:
            about = os.fstat(file)
            _refuse_unusual(about)
            content = _content(file, self._room) if about.st_size <= self._room else None
        if content is None:
            raise _LeftOut(
                f"it has {format_size(about.st_size)}, and of the {format_size(self._limit)} of a run "
                f"{format_size(self._room)} are free; TASKS_ARTIFACT_LIMIT sets the limit"
            )
        self._room -= len(content)
        self._by_name[plain] = Artifact.of(plain, content)


def _refuse_unusual(about: os.stat_result) -> None:
    if not stat.S_ISREG(about.st_mode):
        raise _LeftOut("it is no regular file")
    if about.st_nlink != 1:  # It may be somebody else's, linked to from here.
        raise _LeftOut("the file has further names, as hard links")


def _content(file: int, room: int) -> bytes | None:
    """All of it; None where there is more than room."""
    parts: list[bytes] = []
    left = room + 1
    while left and (part := os.read(file, min(left, 1 << 20))):
        parts.append(part)
        left -= len(part)
    return b"".join(parts) if left else None


@contextmanager
def _opened(name: str, flags: int, folder: int | None = None) -> Iterator[int]:
    descriptor = os.open(name, flags, dir_fd=folder)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
