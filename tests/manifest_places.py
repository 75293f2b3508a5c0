"""Places where manifests are kept, and what becomes of such places."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from git_remotes import GitRemote
from manifest_files import reader

from tasks_service.adapters.directory_source import DirectorySource
from tasks_service.adapters.git_source import GitSource, Remote
from tasks_service.adapters.ical_events import IcalEvents
from tasks_service.core.ports import Clock, ManifestSource
from tasks_service.core.state import Snapshot


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


class GitPlace:
    """A repository that is pushed to, and the mirror of it on this machine."""

    def __init__(self, folder: Path) -> None:
        self._remote = GitRemote(folder)
        self._mirrors = folder / "mirrors"
        self._remote.push({"README": "Jobs."})

    def put(self, files: Mapping[str, str | None]) -> None:
        self._remote.write({path: text for path, text in files.items() if text is not None})
        for path in (path for path, text in files.items() if text is None):
            (self._remote.tree / path).unlink()
        self._remote.commit()
        self._remote.publish()

    def rewrite(self, files: Mapping[str, str]) -> None:
        """Push a history that has nothing to do with the one before."""
        self._remote.rewrite({"README": "Jobs.", **files})

    def source(self, clock: Clock) -> ManifestSource:
        remote = Remote(url=self._remote.url)
        return FetchedAtEachLook(remote, self._mirrors, reader(clock), IcalEvents(), clock)

    def vanish(self) -> None:
        self._remote.vanish()

    def tear(self) -> None:
        for pack in self._mirrors.glob("*.git/objects/**/*"):
            if pack.is_file():
                pack.chmod(0o600)
                pack.write_bytes(pack.read_bytes()[:20])
        self._remote.vanish()

    def heal(self) -> None:
        self._remote.return_()


class FetchedAtEachLook(GitSource):
    """Fetches before each look, as ``watch`` does in another thread."""

    def snapshot(self) -> Snapshot:
        self.fetch()
        return super().snapshot()
