"""The git program, run so that neither a repository's configuration nor the machine's can make it do anything else."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tasks_service.core.errors import SourceUnavailable

_HARMLESS = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "gc.auto=0"),
    *("-c", "maintenance.auto=false"),
    *("-c", "safe.directory=*"),
    *("-c", "submodule.recurse=false"),
    *("-c", "transfer.fsckObjects=true"),
    *("-c", "protocol.ext.allow=never"),
)
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "https:http:ssh:file",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}
READ_SECONDS = 30.0
"""No reading of a local repository takes longer."""


class GitFailed(SourceUnavailable):
    """Git ended with another exit code than 0, which is ``code``."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


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
        running = subprocess.Popen(
            ["git", *_HARMLESS, *where, *arguments],
            env={"PATH": os.environ.get("PATH", os.defpath), **_ENVIRONMENT, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise SourceUnavailable("the program git is missing", hint="install git") from error
    except OSError as error:
        raise SourceUnavailable(f"git cannot be run: {error.strerror}") from error
    with running:
        try:
            out, said = running.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise SourceUnavailable(f"git {_verb(arguments)} took longer than {seconds:.0f} s") from error
        finally:
            # Also what git started to speak over the network: a session of its own, ended as a whole.
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
    if running.returncode != 0:
        raise GitFailed(f"git {_verb(arguments)}: {_last_words(said)}", running.returncode)
    return out


def _verb(arguments: Sequence[str]) -> str:
    return next((a for a in arguments if not a.startswith("-")), "")


def _last_words(stderr: bytes) -> str:
    """The line that says most: git's own last word is often advice."""
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("fatal:", "error:", "ERROR:", "remote:"))]
    return next(iter(telling or lines[-1:]), "it failed and did not say why").removeprefix("fatal: ")
