"""Which files a directory of manifests holds.

Links are followed only within the directory, and files also within its parent: that covers the layouts of git-sync and
of Kubernetes' ConfigMaps, and nothing that leads out of them.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tasks_service.core.manifest_files.content import EVENT_SUFFIX, SUFFIXES, Flaw

MAX_ENTRIES = 20_000

Stamp = tuple[int, int, int, int, int]
"""Modification and change time in nanoseconds, size, inode and device: equal stamps mean the same content."""


@dataclass(frozen=True, slots=True)
class Found:
    """A manifest file: where to open it, and its stamp when it was listed."""

    target: str
    stamp: Stamp


class TooMuch(Exception):
    """The directory holds more than anybody writes by hand."""


@dataclass(slots=True)
class Listing:
    """Files and flaws by their path below the directory, ``/`` between the parts."""

    files: dict[str, Found] = field(default_factory=dict)
    flaws: dict[str, Flaw] = field(default_factory=dict)
    events: dict[str, Found] = field(default_factory=dict)
    """iCalendar files; they count only where a calendar names them."""
    event_flaws: dict[str, Flaw] = field(default_factory=dict)

    def flaw(self, path: str, flaw: Flaw) -> None:
        """Note why something could not be taken."""
        (self.event_flaws if path.endswith(EVENT_SUFFIX) else self.flaws)[path] = flaw

    def take(self, path: str, found: Found) -> None:
        """Note a file."""
        (self.events if path.endswith(EVENT_SUFFIX) else self.files)[path] = found


def stamp_of(status: os.stat_result) -> Stamp:
    """The stamp of a file."""
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_dev)


def list_files(root: str) -> Listing:
    """All manifest files below ``root``, a path without links. Raises ``OSError`` where ``root`` itself cannot be read,
    ``TooMuch`` beyond 20,000 files and folders."""
    walk = _Walk(root)
    walk.folder("", root)
    walk.linked_folders()
    return walk.listing


class _Walk:
    def __init__(self, root: str) -> None:
        self.listing = Listing()
        self._root = root
        parent = str(Path(root).parent)
        self._files_within = root if parent == "/" else parent
        self._visited: set[tuple[int, int]] = set()
        self._links: list[tuple[str, str]] = []

    def folder(self, path: str, target: str) -> None:
        """Take a folder and everything below it that is no link."""
        pending = [(path, target)]
        while pending:
            path, target = pending.pop()
            status = os.stat(target)  # noqa: PTH116 - raw calls: this runs for every folder at every look
            self._visited.add((status.st_ino, status.st_dev))
            self._count()
            for entry in self._entries(path, target):
                name = f"{path}/{_printable(entry.name)}" if path else _printable(entry.name)
                if entry.is_symlink():
                    self._link(name, entry.path)
                elif entry.is_dir(follow_symlinks=False):
                    pending.append((name, entry.path))
                elif entry.name.endswith((*SUFFIXES, EVENT_SUFFIX)):
                    self._file(name, entry.path, entry.stat(follow_symlinks=False))

    def linked_folders(self) -> None:
        """Take the folders behind links, unless they were already seen under another name."""
        while self._links:
            links, self._links = sorted(self._links), []
            for path, target in links:
                status = os.stat(target)  # noqa: PTH116
                if (status.st_ino, status.st_dev) not in self._visited:
                    self.folder(path, target)

    def _entries(self, path: str, target: str) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(target) as entries:
                yield from (entry for entry in entries if not entry.name.startswith((".", "_")))
        except OSError as error:
            if not path:
                raise
            self.listing.flaws[path] = Flaw("JM005", f"the folder cannot be read: {error.strerror}")

    def _link(self, path: str, link: str) -> None:
        wanted = path.endswith((*SUFFIXES, EVENT_SUFFIX))
        try:
            target = os.path.realpath(link, strict=True)
            status = os.stat(target)  # noqa: PTH116
        except OSError as error:
            if wanted:
                self.listing.flaw(path, Flaw("JM005", f"the link leads nowhere: {error.strerror}"))
            return
        is_folder = stat.S_ISDIR(status.st_mode)
        if not is_folder and not wanted:
            return
        if not _is_within(target, self._root if is_folder else self._files_within):
            told = "the link leads out of the directory of manifests"
            self.listing.flaw(path, Flaw("JM006", told, "put the file itself here, or begin the name with _ or ."))
        elif is_folder:
            self._links.append((path, target))
        else:
            self._file(path, target, status)

    def _file(self, path: str, target: str, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            self.listing.flaw(path, Flaw("JM005", "it is no regular file"))
            return
        self._count()
        self.listing.take(path, Found(target, stamp_of(status)))

    def _count(self) -> None:
        if len(self.listing.files) + len(self.listing.events) + len(self._visited) > MAX_ENTRIES:
            raise TooMuch(f"it holds more than {MAX_ENTRIES} files and folders")


def _is_within(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/") + "/")


def _printable(name: str) -> str:
    """A name as text that can be stored: bytes that are no UTF-8 become escapes."""
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace")
