"""Signatures of commits, judged by git's exit code alone: its text calls a signature good whose key nobody knows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tasks_service.adapters.git_source.git import GitFailed, git

_MOST_COMMITS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatures:
    """Which commits have to be signed, and by whom."""

    verify: Literal["none", "head", "strict"] = "none"
    """Strict means every commit since the one that was taken before; head the newest alone."""
    signers: Path | None = None
    """A file of allowed signers for signatures by ssh keys, or a directory that is a GnuPG home."""

    def objection(self, revision: str, since: str, git_dir: Path) -> str:
        """Which commit is not signed by somebody who is trusted; empty where all are that have to be."""
        if self.verify == "none":
            return ""
        commits = self._commits(revision, since, git_dir)
        if not commits:
            return f"which commits are new since {since[:12]} cannot be told, and each of them has to be signed"
        if len(commits) > _MOST_COMMITS:
            return f"more than {_MOST_COMMITS} commits are new, too many to look at the signature of each"
        for sha in commits:
            if not self._verified(sha, git_dir):
                return f"commit {sha[:12]} is not signed by anybody in {self.signers or 'TASKS_GIT_SIGNERS (not set)'}"
        return ""

    def _commits(self, revision: str, since: str, git_dir: Path) -> list[str]:
        """Those that have to be signed; none where the older revision is not here."""
        if self.verify == "head" or not since:
            return [revision]
        limit = f"--max-count={_MOST_COMMITS + 1}"
        try:
            out = git("rev-list", limit, "--end-of-options", revision, f"^{since}", git_dir=git_dir)
        except GitFailed:
            return []
        return out.decode().split() or [revision]

    def _verified(self, sha: str, git_dir: Path) -> bool:
        if self.signers is None:
            return False
        as_ssh = self.signers.is_file()
        known = ("-c", f"gpg.ssh.allowedSignersFile={self.signers}") if as_ssh else ()
        environment = {} if as_ssh else {"GNUPGHOME": str(self.signers)}
        try:
            git(*known, "verify-commit", "--raw", sha, git_dir=git_dir, environment=environment)
        except GitFailed:
            return False
        return True
