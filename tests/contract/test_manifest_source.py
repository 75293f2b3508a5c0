"""Contract of ``ManifestSource``: a directory, a git repository, and their stand-in."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from shutil import rmtree
from typing import Protocol

import pytest
from builders import make_snapshot, make_sourced
from fakes import FakeClock, FakeSource
from git_remotes import GitRemote
from manifest_files import job, reader, watching

from tasks_service.adapters.directory_source import DirectorySource
from tasks_service.adapters.git_source import GitSource, Remote
from tasks_service.adapters.ical_events import IcalEvents
from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.errors import NotFound, SourceUnavailable
from tasks_service.core.ports import ManifestSource
from tasks_service.core.state import Snapshot


class Shelf(Protocol):
    """Where a test puts manifests for the source that reads them."""

    clock: FakeClock
    source: ManifestSource

    def put(self, *names: str, broken: str = "") -> None:
        """Hold the jobs of these names, each in ``<name>.yaml``, and one file that is broken."""
        ...

    def burn(self) -> None:
        """Be gone."""
        ...

    def look(self) -> Snapshot:
        """What the source says now."""
        ...


class Folder:
    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.source = DirectorySource(folder, reader(self.clock), IcalEvents(), self.clock)
        self._folder = folder

    def put(self, *names: str, broken: str = "") -> None:
        self._folder.mkdir(exist_ok=True)
        for path in self._folder.iterdir():
            path.unlink()
        for name in names:
            (self._folder / f"{name}.yaml").write_text(job(name))
        if broken:
            (self._folder / f"{broken}.yaml").write_text("job_id: [")

    def burn(self) -> None:
        rmtree(self._folder)

    def look(self) -> Snapshot:
        return self.source.snapshot()


class Branch:
    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self._remote = GitRemote(folder)
        self._git = GitSource(
            Remote(url=self._remote.url),
            folder / "mirrors",
            reader(self.clock),
            IcalEvents(),
            self.clock,
            interval=timedelta(days=1),
        )
        self.source: ManifestSource = self._git

    def put(self, *names: str, broken: str = "") -> None:
        self._remote.return_()
        self._remote.clear()
        bad = {f"{broken}.yaml": "job_id: ["} if broken else {}
        self._remote.push({f"{name}.yaml": job(name) for name in names} | bad)
        self.source.poke()

    def burn(self) -> None:
        self._remote.vanish()

    def look(self) -> Snapshot:
        self._git.fetch()
        return self.source.snapshot()


class StandIn:
    def __init__(self, _: Path) -> None:
        self.clock = FakeClock()
        self.source = FakeSource(self.clock, make_snapshot())

    def put(self, *names: str, broken: str = "") -> None:
        path = f"{broken}.yaml"
        self.source.texts = {f"{name}.yaml": job(name) for name in names}
        problem = Diagnostic(rule="JM001", message="it ends too early", path=path, line=1, column=10)
        self.source.show(
            make_snapshot(
                *(make_sourced(name) for name in names),
                revision=" ".join(names) + broken,
                problems=(problem,) if broken else (),
                unreadable={path: problem.message} if broken else {},
            )
        )

    def burn(self) -> None:
        self.source.show("the directory is gone")

    def look(self) -> Snapshot:
        return self.source.snapshot()


@pytest.fixture(params=[Folder, Branch, StandIn], ids=["directory", "git", "fake"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    kind: Callable[[Path], Shelf] = request.param
    return kind(tmp_path / "manifests")


def test_every_manifest_tells_where_it_stands(shelf: Shelf) -> None:
    shelf.put("beta", "alpha")

    snapshot = shelf.look()

    assert snapshot.source == shelf.source.name
    assert snapshot.files == 2
    assert sorted((m.manifest.job_id, m.origin.source, m.origin.path, m.origin.line) for m in snapshot.manifests) == [
        ("alpha", shelf.source.name, "alpha.yaml", 1),
        ("beta", shelf.source.name, "beta.yaml", 1),
    ]


def test_a_revision_changes_with_the_content_and_with_nothing_else(shelf: Shelf) -> None:
    shelf.put("alpha", "beta")
    first = shelf.look()
    shelf.clock.advance(60)
    same = shelf.look()
    shelf.put("alpha", "gamma")
    other = shelf.look()

    assert same.revision == first.revision != other.revision
    assert (same.read_at - first.read_at).total_seconds() == 60
    assert same.manifests == first.manifests


def test_a_broken_file_is_named_and_leaves_the_others_alone(shelf: Shelf) -> None:
    shelf.put("alpha", broken="beta")

    snapshot = shelf.look()

    assert snapshot.broken_paths == {"beta.yaml"}
    assert snapshot.unreadable["beta.yaml"]
    assert [p.path for p in snapshot.problems] == ["beta.yaml"]
    assert [m.manifest.job_id for m in snapshot.manifests] == ["alpha"]


def test_the_text_of_a_file_is_read_and_of_no_other(shelf: Shelf) -> None:
    shelf.put("alpha")

    assert b"job_id: alpha" in shelf.source.text("alpha.yaml")
    for path in ("beta.yaml", "../alpha.yaml", "/etc/passwd", "", "alpha.yaml/x"):
        with pytest.raises(NotFound):
            shelf.source.text(path)


def test_a_source_that_is_gone_says_so_and_returns(shelf: Shelf) -> None:
    shelf.put("alpha")
    shelf.look()
    shelf.burn()

    try:
        told = shelf.look().trouble  # what is kept here of a repository elsewhere can still be read
    except SourceUnavailable as error:
        told = error.message

    assert told
    shelf.put("alpha")
    assert [m.manifest.job_id for m in shelf.look().manifests] == ["alpha"]


def test_a_watcher_is_woken_after_each_change_until_it_is_stopped(shelf: Shelf) -> None:
    shelf.put("alpha")
    with watching(shelf.source) as seen:
        seen.until("alpha")
        shelf.put("alpha", "beta")
        seen.until("alpha", "beta")
        shelf.put("beta")
        seen.until("beta")
