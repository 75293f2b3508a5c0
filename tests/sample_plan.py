"""The sample of docs/plans.md as a git repository whose commits are the same each time."""

import os
import shutil
import subprocess
from pathlib import Path

from running import ROOT

SAMPLE = ROOT / "docs" / "samples" / "plans"
COMMENT = SAMPLE / "comment.md"
COMMITS = (
    ("Ada", "Load after the shops have closed their books", ("warehouse.yaml",)),
    ("Grace", "Hold reminders until legal has seen the texts", ("billing.yaml",)),
    ("Ada", "Report every night instead of exporting", ("legacy.yaml", "reports.yaml")),
)


def make_repository(folder: Path) -> Path:
    """A branch ``main`` with the manifests from before, and the three commits of the change on top of it."""
    manifests = folder / "manifests"
    shutil.copytree(SAMPLE / "before", manifests)
    git(folder, "init", "--initial-branch=main")
    commit(folder, "Ada", "Begin")
    git(folder, "switch", "--create", "change")
    for author, message, files in COMMITS:
        for file in files:
            (manifests / file).unlink(missing_ok=True)
            if (SAMPLE / "after" / file).exists():
                shutil.copy(SAMPLE / "after" / file, manifests)
        commit(folder, author, message)
    return folder


def commit(folder: Path, author: str, message: str) -> None:
    """Everything as it is, always at the same moment."""
    git(folder, "add", "--all")
    git(folder, "commit", "--message", message, author=author)


def git(folder: Path, *arguments: str, author: str = "Ada") -> None:
    """Git, whatever this machine's configuration says."""
    who = {"NAME": author, "EMAIL": f"{author.lower()}@example.org", "DATE": "2026-11-23T09:00:00+01:00"}
    env = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
    env |= {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *arguments], cwd=folder, env=env, check=True, capture_output=True)
