"""The mirror of a repository: whatever happens to it, what was fetched last counts, and the next fetch mends it."""

import fcntl
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from fakes import FakeClock
from git_remotes import GitRemote
from manifest_files import job, reader, watching

from tasks_service.adapters.git_source import GitSource, Mirror, Remote
from tasks_service.adapters.ical_events import IcalEvents
from tasks_service.core.errors import SourceUnavailable

NOW = FakeClock().now()


@pytest.fixture
def remote(tmp_path: Path) -> GitRemote:
    made = GitRemote(tmp_path / "git")
    made.push({"a.yaml": job("a")})
    return made


@pytest.fixture
def mirror(remote: GitRemote, tmp_path: Path) -> Mirror:
    """One that holds the first commit."""
    made = mirror_in(tmp_path, remote)
    made.fetch(NOW)
    return made


def mirror_in(tmp_path: Path, remote: GitRemote) -> Mirror:
    return Mirror(Remote(url=remote.url), tmp_path / "mirrors")


def loose_objects(mirror: Mirror) -> Path:
    """Where each object has a file of its own, after this."""
    folder = mirror.repository.git_dir
    for pack in list(folder.glob("objects/pack/*.pack")):
        aside = pack.rename(folder / "aside")
        pack.with_suffix(".idx").unlink()
        with aside.open("rb") as data:
            subprocess.run(["git", "--git-dir", str(folder), "unpack-objects", "-q"], stdin=data, check=True)
    return folder / "objects"


def truncate(path: Path) -> None:
    """As after a power cut."""
    path.chmod(0o600)
    path.write_bytes(b"")


def source_in(tmp_path: Path, remote: GitRemote) -> GitSource:
    clock = FakeClock()
    return GitSource(
        Remote(url=remote.url), tmp_path / "mirrors", reader(clock), IcalEvents(), clock, interval=timedelta(days=1)
    )


def test_a_mirror_that_is_half_gone_is_made_anew(mirror: Mirror, remote: GitRemote) -> None:
    (mirror.repository.git_dir / "HEAD").unlink()
    shutil.rmtree(mirror.repository.git_dir / "objects")

    mirror.fetch(NOW)

    assert mirror.tip() == remote.head()


def test_locks_of_a_git_that_was_killed_keep_nobody_out(mirror: Mirror, remote: GitRemote) -> None:
    folder = mirror.repository.git_dir
    for lock in ("refs/tasks/tip.lock", "packed-refs.lock", "HEAD.lock"):
        (folder / lock).touch()
    sha = remote.push({"a.yaml": job("a", hour=4)})

    mirror.fetch(NOW)

    assert mirror.tip() == sha
    assert not list(folder.rglob("*.lock"))


def test_a_damaged_mirror_is_not_given_up_while_the_remote_is_away(mirror: Mirror, remote: GitRemote) -> None:
    sha = remote.head()
    remote.vanish()

    with pytest.raises(SourceUnavailable, match="cannot be fetched"):
        mirror.fetch(NOW, anew=True)

    assert mirror.tip() == sha


@pytest.mark.parametrize("kind", ["commit", "tree", "blob"])
@pytest.mark.parametrize("damage", [Path.unlink, truncate], ids=["lost", "emptied"])
def test_a_source_with_damaged_objects_mends_itself(
    tmp_path: Path, remote: GitRemote, kind: str, damage: Callable[[Path], object]
) -> None:
    source_in(tmp_path, remote).fetch()
    objects = loose_objects(mirror_in(tmp_path, remote))
    name = remote.git("rev-parse", {"commit": "HEAD", "tree": "HEAD^{tree}", "blob": "HEAD:a.yaml"}[kind]).strip()
    damage(objects / name[:2] / name[2:])

    with watching(source_in(tmp_path, remote)) as seen:
        seen.until("a")


@pytest.mark.parametrize("damage", [Path.unlink, truncate], ids=["lost", "emptied"])
def test_a_push_arrives_in_a_mirror_with_damaged_objects(
    mirror: Mirror, remote: GitRemote, damage: Callable[[Path], object]
) -> None:
    for found in [p for p in (mirror.repository.git_dir / "objects").rglob("*") if p.is_file()]:
        damage(found)
    sha = remote.push({"b.yaml": job("b")})

    mirror.fetch(NOW)

    assert mirror.repository.files(sha).keys() == {"a.yaml", "b.yaml"}


def test_processes_that_share_a_mirror_fetch_one_after_another(tmp_path: Path, remote: GitRemote) -> None:
    troubles: list[str] = []

    def fetch() -> None:
        try:
            for _ in range(3):
                mirror_in(tmp_path, remote).fetch(NOW)
        except SourceUnavailable as error:
            troubles.append(error.message)

    threads = [Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert troubles == []
    assert mirror_in(tmp_path, remote).tip() == remote.head()


def test_a_look_beside_a_watcher_does_not_wait_for_a_remote_that_hangs(tmp_path: Path, remote: GitRemote) -> None:
    source_in(tmp_path, remote).fetch()
    again, stop = source_in(tmp_path, remote), Event()
    seen: list[str] = []
    lock = mirror_in(tmp_path, remote).repository.git_dir.with_suffix(".lock")
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # as a fetch that gets no answer does
        watcher = Thread(target=again.watch, args=(lambda: None, stop))
        watcher.start()
        looker = Thread(target=lambda: seen.append(again.snapshot().revision))
        looker.start()
        looker.join(5)
        during = list(seen)
        stop.set()
    watcher.join()
    looker.join()

    assert during == [remote.head()]
