"""A git repository on disk that stands for the one elsewhere, and the hands that push to it."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_CALM = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_EMAIL": "c@example.org",
    "GIT_COMMITTER_NAME": "deploy",
}


class GitRemote:
    """A bare repository, and a work tree from which it is pushed to."""

    def __init__(self, folder: Path) -> None:
        self.bare = folder / "remote.git"
        self.tree = folder / "work"
        self._gone = folder / "gone.git"
        self.bare.mkdir(parents=True)
        self.git("init", "--quiet", "--bare", "--initial-branch=main", cwd=self.bare)
        self.tree.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("remote", "add", "origin", self.url)

    @property
    def url(self) -> str:
        """Its address."""
        return self.bare.as_uri()

    def write(self, files: Mapping[str, str]) -> None:
        """Put files into the work tree."""
        for path, text in files.items():
            target = self.tree / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")

    def commit(self, message: str = "Change", author: str = "ann", *options: str, **environment: str) -> str:
        """Commit everything that is there; its full id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message, *options, GIT_AUTHOR_NAME=author, **environment)
        return self.head()

    def push(self, files: Mapping[str, str], message: str = "Change", author: str = "ann") -> str:
        """Write, commit and push; the commit's full id."""
        self.write(files)
        sha = self.commit(message, author)
        self.publish()
        return sha

    def publish(self, *options: str) -> None:
        """Push what is committed."""
        self.git("push", "--quiet", *options, "origin", "HEAD:refs/heads/main")

    def head(self) -> str:
        """The commit of the work tree."""
        return self.git("rev-parse", "HEAD").strip()

    def clear(self) -> None:
        """Delete all manifests of the work tree."""
        for path in self.tree.glob("*.yaml"):
            path.unlink()

    def rewrite(self, files: Mapping[str, str], message: str = "Rewrite") -> str:
        """Put a new history in the place of the old one, by force; its tip."""
        self.git("checkout", "--quiet", "--orphan", "anew")
        self.git("rm", "--quiet", "-rf", "--ignore-unmatch", ".")
        self.write(files)
        sha = self.commit(message)
        self.publish("--force")
        self.git("branch", "--quiet", "-M", "anew", "main")
        return sha

    def vanish(self) -> None:
        """Be out of reach."""
        self.bare.rename(self._gone)

    def return_(self) -> None:
        """Be there again, if it was gone."""
        if self._gone.exists():
            self._gone.rename(self.bare)

    def git(self, *arguments: str, cwd: Path | None = None, stdin: str = "", **environment: str) -> str:
        """What git prints."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=cwd or self.tree,
            env={"PATH": os.environ["PATH"], "GIT_AUTHOR_NAME": "ann", **_CALM, **environment},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
