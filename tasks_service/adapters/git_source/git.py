"""The git program, run so that neither a repository's configuration nor the machine's can make it do anything else."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tasks_service.core.errors import SourceUnavailable

_HARMLESS = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "gc.auto=0"),
    *("-c", "maintenance.auto=false"),
    *("-c", "safe.directory=*"),
    *("-c", "submodule.recurse=false"),
)
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}
READ_SECONDS = 30.0
"""No reading of a local repository takes longer."""


def git(
    *arguments: str,
    git_dir: Path | None = None,
    stdin: bytes = b"",
    seconds: float = READ_SECONDS,
    environment: Mapping[str, str] | None = None,
) -> bytes:
    """What git prints; ``SourceUnavailable`` with its last words where it fails, is missing or takes too long."""
    where = ("--git-dir", str(git_dir)) if git_dir else ()
    try:
        done = subprocess.run(
            ["git", *_HARMLESS, *where, *arguments],
            env={"PATH": os.environ.get("PATH", os.defpath), **_ENVIRONMENT, **(environment or {})},
            input=stdin,
            capture_output=True,
            timeout=seconds,
        )
    except FileNotFoundError as error:
        raise SourceUnavailable("the program git is missing", hint="install git") from error
    except OSError as error:
        raise SourceUnavailable(f"git cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise SourceUnavailable(f"git {_verb(arguments)} took longer than {seconds:.0f} s") from error
    if done.returncode != 0:
        raise SourceUnavailable(f"git {_verb(arguments)} failed: {_last_words(done.stderr)}")
    return done.stdout


def _verb(arguments: Sequence[str]) -> str:
    return next((a for a in arguments if not a.startswith("-")), "")


def _last_words(stderr: bytes) -> str:
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].removeprefix("fatal: ") if lines else "it did not say why"
