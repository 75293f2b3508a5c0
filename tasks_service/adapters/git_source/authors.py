"""Who last touched each file: one pass over the history, continued from where the last one ended."""

import logging
from collections.abc import Callable
from pathlib import Path

from tasks_service.adapters.git_source.git import git
from tasks_service.core.errors import SourceUnavailable

_log = logging.getLogger(__name__)
_MOST_COMMITS = 5000
"""Files that nobody touched in so many commits have no author told."""


class Authors:
    """The memory of the history of one folder."""

    def __init__(self, git_dir: Path, under: str) -> None:
        self._git_dir = git_dir
        self._under = under
        self._revision = ""
        self._by_path: dict[str, str] = {}

    def of(self, revision: str, descends: Callable[[str, str], bool]) -> dict[str, str]:
        """Author by path below the folder. ``descends`` says whether a revision has another one in its history.

        A history that cannot be read tells no authors, and that is all.
        """
        if revision == self._revision:
            return self._by_path
        since = (f"^{self._revision}",) if self._revision and descends(revision, self._revision) else ()
        try:
            found = self._read(revision, since)
        except SourceUnavailable as error:
            _log.warning("No authors are told: %s", error.message, extra={"event": "source.no_authors"})
            found = {}
        self._by_path = (self._by_path | found) if since else found
        self._revision = revision
        return self._by_path

    def _read(self, revision: str, since: tuple[str, ...]) -> dict[str, str]:
        folder = f"{self._under}/" if self._under else ""
        out = git(
            *("log", "-z", f"--max-count={_MOST_COMMITS}", "--format=%x01%an", "--name-only", "--no-renames"),
            *("--end-of-options", revision, *since),
            *(("--", folder) if folder else ("--",)),
            git_dir=self._git_dir,
        )
        found: dict[str, str] = {}
        author = ""
        for part in out.decode("utf-8", "replace").replace("\n", "\0").split("\0"):
            if part.startswith("\x01"):
                author = part[1:]
            elif part.startswith(folder):
                found.setdefault(part.removeprefix(folder), author)
        return found
