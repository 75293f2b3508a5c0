"""Places where manifests are kept, and what becomes of such places."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from manifest_files import reader

from tasks_service.adapters.directory_source import DirectorySource
from tasks_service.adapters.ical_events import IcalEvents
from tasks_service.core.ports import Clock, ManifestSource


class Place(Protocol):
    """Files that can be changed, and lost."""

    def put(self, files: Mapping[str, str | None]) -> None:
        """Write these files, or delete them where there is no text, as one change."""
        ...

    def source(self, clock: Clock) -> ManifestSource:
        """What a process reads the files with; each process has its own."""
        ...

    def vanish(self) -> None:
        """Be out of reach."""
        ...

    def tear(self) -> None:
        """Be there by half: what was fetched last is not whole."""
        ...

    def heal(self) -> None:
        """Be whole and in reach again."""
        ...


class Directory:
    """A folder that git-sync fills: what is read is a link to the present checkout."""

    def __init__(self, folder: Path) -> None:
        self._files = folder / "checkout"
        self._files.mkdir()
        self._link = folder / "manifests"
        self.heal()

    def put(self, files: Mapping[str, str | None]) -> None:
        for path, text in files.items():
            if text is None:
                (self._files / path).unlink()
            else:
                (self._files / path).write_text(text)

    def source(self, clock: Clock) -> ManifestSource:
        return DirectorySource(self._link, reader(clock), IcalEvents(), clock)

    def vanish(self) -> None:
        self._link.unlink()

    def tear(self) -> None:
        self._link.unlink()
        self._link.symlink_to("a checkout that never came")

    def heal(self) -> None:
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(self._files.name)
