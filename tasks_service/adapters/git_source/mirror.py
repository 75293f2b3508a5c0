"""A bare copy of one branch of a remote repository, kept below the data directory."""

import shutil
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from tasks_service.adapters.git_source.git import GitFailed, git
from tasks_service.adapters.git_source.remote import Remote
from tasks_service.adapters.git_source.repository import Repository
from tasks_service.core.errors import SourceUnavailable

FETCH_SECONDS = 120.0
"""A fetch that takes longer is given up."""
PROBE_SECONDS = 8.0
_TIP = "refs/tasks/tip"
_FETCHED = "tasks-fetched"


class Mirror:
    """What this machine has of the remote."""

    def __init__(self, remote: Remote, folder: Path) -> None:
        self.remote = remote
        named = sha256(f"{remote.url} {remote.branch}".encode()).hexdigest()[:16]
        self.repository = Repository(folder / f"{named}.git")

    def fetch(self, now: datetime) -> None:
        """Bring the branch's tip here; ``SourceUnavailable`` where the remote does not give it."""
        self._create()
        wanted = f"+refs/heads/{self.remote.branch}:{_TIP}"
        try:
            git(
                *("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-gc"),
                *("--end-of-options", self.remote.url, wanted),
                git_dir=self._folder,
                seconds=FETCH_SECONDS,
                environment=self.remote.environment(),
            )
        except GitFailed as error:
            raise SourceUnavailable(
                f"{self.remote.url} cannot be fetched: {error.message}",
                hint="`tasks doctor` says more; what was fetched last stays in force",
            ) from error
        fresh = self._folder / f"{_FETCHED}.new"
        fresh.write_text(now.isoformat(), "ascii")
        fresh.replace(self._folder / _FETCHED)

    def remote_tip(self) -> str:
        """The newest commit of the branch over there, empty where it has no such branch; nothing is fetched."""
        wanted = f"refs/heads/{self.remote.branch}"
        out = git(
            *("ls-remote", "--end-of-options", self.remote.url, wanted),
            seconds=PROBE_SECONDS,
            environment=self.remote.environment(),
        )
        return out.decode().partition("\t")[0].strip()

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

    def _create(self) -> None:
        """Make it where it is missing; one that a crash left half made is made anew."""
        if (self._folder / "config").exists() and (self._folder / "HEAD").exists():
            return
        shutil.rmtree(self._folder, ignore_errors=True)
        try:
            self._folder.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise SourceUnavailable(f"{self._folder} cannot be made: {error.strerror}") from error
        git("init", "--quiet", "--bare", "--template=", str(self._folder))
