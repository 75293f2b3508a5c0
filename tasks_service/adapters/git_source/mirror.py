"""A bare copy of one branch of a remote repository, kept below the data directory.

It is only a copy: one that is damaged is thrown away and fetched anew. Several processes may share it; one fetches.
"""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from tasks_service.adapters.git_source.git import MAX_FILE_BYTES, GitFailed, git
from tasks_service.adapters.git_source.remote import Remote
from tasks_service.adapters.git_source.repository import Repository
from tasks_service.core.errors import SourceUnavailable

FETCH_SECONDS = 120.0
"""A fetch that takes longer is given up."""
PROBE_SECONDS = 8.0
_TIP = "refs/tasks/tip"
_FETCHED = "tasks-fetched"
_LEFT_BEHIND = ("*.lock", "refs/tasks/*.lock", "objects/pack/tmp_*", "objects/tmp_objdir-*")
"""What a git that was killed leaves: its locks would keep every later one out."""
_LOOSE_OBJECTS = 2000
"""So many are packed together."""


class Mirror:
    """What this machine has of the remote."""

    def __init__(self, remote: Remote, folder: Path, *, most_bytes: int = MAX_FILE_BYTES) -> None:
        self.remote = remote
        self._most_bytes = most_bytes
        named = sha256(f"{remote.url} {remote.branch}".encode()).hexdigest()[:16]
        self.repository = Repository(folder / f"{named}.git")

    def fetch(self, now: datetime, *, anew: bool = False) -> None:
        """Bring the branch's tip here, into an empty mirror where ``anew`` is set; ``SourceUnavailable`` where the
        remote does not give it. What was here before stays until the new one is whole."""
        try:
            with self._alone():
                if anew or not self._whole:
                    self._clone()
                else:
                    self._renew()
                self._stamp(now)
        except GitFailed as error:
            raise SourceUnavailable(
                f"{self.remote.url} cannot be fetched: {error.message}",
                hint="`tasks doctor` says more; what was fetched last stays in force",
            ) from error
        except OSError as error:
            raise SourceUnavailable(f"{self._folder} cannot be written: {error.strerror}") from error

    def remote_tip(self) -> str:
        """The newest commit of the branch over there, empty where it has no such branch; nothing is fetched."""
        wanted = f"refs/heads/{self.remote.branch}"
        out = git(
            *("ls-remote", "--end-of-options", self.remote.url, wanted),
            seconds=PROBE_SECONDS,
            environment=self.remote.environment(),
        )
        return out.decode("utf-8", "replace").partition("\t")[0].strip()

    def fetched_at(self) -> datetime | None:
        """When the remote last answered; None where it never did."""
        try:
            return datetime.fromisoformat((self._folder / _FETCHED).read_text("ascii"))
        except (OSError, ValueError):
            return None

    def tip(self) -> str:
        """The newest commit of the branch that was fetched."""
        return self.repository.resolve(_TIP)

    def descends(self, revision: str, since: str) -> bool:
        """Whether a commit has another one in its history; an unknown one it has not."""
        try:
            git("merge-base", "--is-ancestor", since, revision, git_dir=self._folder)
        except GitFailed:
            return False
        return True

    @property
    def _folder(self) -> Path:
        return self.repository.git_dir

    @property
    def _whole(self) -> bool:
        return all((self._folder / name).exists() for name in ("HEAD", "config", "objects", _FETCHED))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time; the lock goes with the process that holds it."""
        self._folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _clone(self) -> None:
        """A new mirror beside the old one, and then in its place."""
        fresh, old = self._folder.with_suffix(".new"), self._folder.with_suffix(".old")
        for left in (fresh, old):
            shutil.rmtree(left, ignore_errors=True)
        git("init", "--quiet", "--bare", "--template=", str(fresh))
        self._pull(fresh)
        if self._folder.exists():
            self._folder.rename(old)
        fresh.rename(self._folder)
        shutil.rmtree(old, ignore_errors=True)

    def _renew(self) -> None:
        for left in (found for pattern in _LEFT_BEHIND for found in self._folder.glob(pattern)):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)
        try:
            self._pull(self._folder)
        except GitFailed:
            if not (self._remote_answers() and self._damaged()):
                raise
            self._clone()
        self._pack()

    def _pull(self, into: Path) -> None:
        git(
            *("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-gc"),
            *("--end-of-options", self.remote.url, f"+refs/heads/{self.remote.branch}:{_TIP}"),
            git_dir=into,
            seconds=FETCH_SECONDS,
            environment=self.remote.environment(),
            file_bytes=self._most_bytes,
        )

    def _remote_answers(self) -> bool:
        try:
            return bool(self.remote_tip())
        except SourceUnavailable:
            return False

    def _damaged(self) -> bool:
        try:
            git("fsck", "--connectivity-only", "--no-dangling", "--no-progress", git_dir=self._folder)
        except GitFailed:
            return True
        return False

    def _pack(self) -> None:
        """Keep thousands of small fetches from becoming thousands of files."""
        options = ("-c", f"gc.auto={_LOOSE_OBJECTS}", "-c", "gc.autoDetach=false")
        with suppress(SourceUnavailable):  # it is tried again after the next fetch, and nothing depends on it
            git(*options, "gc", "--auto", "--quiet", git_dir=self._folder, seconds=FETCH_SECONDS)

    def _stamp(self, now: datetime) -> None:
        fresh = self._folder / f"{_FETCHED}.new"
        fresh.write_text(now.isoformat(), "ascii")
        fresh.replace(self._folder / _FETCHED)
