"""Git, examined: the program, and whether a directory lies in a work tree. Nothing of a repository is executed."""

import os
import subprocess
from pathlib import Path

from tasks_service.core.checkup.git import GitFacts

_SECONDS = 2.0
_HARMLESS = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "safe.directory=*")
_ENVIRONMENT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def examine_git(directory: Path) -> GitFacts:
    """Ask git for its version and for the directory's commit."""
    version = _git("--version")
    if version is None:
        return GitFacts()
    inside = _git("-C", str(directory), "rev-parse", "--is-inside-work-tree") == "true"
    commit = _git("-C", str(directory), "rev-parse", "--short", "HEAD") if inside else None
    return GitFacts(version=version.removeprefix("git version "), work_tree=inside, commit=commit or "")


def _git(*arguments: str) -> str | None:
    """What it prints; None where it is missing, fails, or takes too long."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), **_ENVIRONMENT}
    try:
        done = subprocess.run(
            ["git", *_HARMLESS, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
