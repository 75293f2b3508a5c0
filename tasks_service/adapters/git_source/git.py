"""The git program, run so that neither a repository's configuration nor the machine's can make it do anything else."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from shutil import which
from tempfile import TemporaryFile
from threading import Event, Timer
from typing import IO

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
    # Slips of programs of long ago, which a repository cannot mend without a rewrite.
    *("-c", "fetch.fsck.zeroPaddedFilemode=ignore"),
    *("-c", "fetch.fsck.missingSpaceBeforeDate=ignore"),
    *("-c", "fetch.fsck.badTimezone=ignore"),
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
_SURROUNDINGS = (
    *("HTTPS_PROXY", "https_proxy", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "SSH_AUTH_SOCK"),
)
"""What git may know of the machine: the way to the remote, and whom to trust there."""
READ_SECONDS = 30.0
"""No reading of a local repository takes longer."""
MAX_OUTPUT_BYTES = 128 * 1024 * 1024
"""Nothing that is read is longer. Trees of a few kilobytes can hold each other so often that no list of them ends."""
MAX_FILE_BYTES = 1024 * 1024 * 1024
"""Git writes no larger file: a remote that sends without end does not fill the disk."""
_FILE_BLOCK = 512
_MOST_SAID = 64 * 1024
_TOLD = 300
_WITH_VALUE = frozenset({"-c", "-C", "--git-dir"})


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
    file_bytes: int = MAX_FILE_BYTES,
) -> bytes:
    """What git prints; ``SourceUnavailable`` with its last words where it fails, is missing, or exceeds a limit."""
    where = ("--git-dir", str(git_dir)) if git_dir else ()
    if which("git") is None:
        raise SourceUnavailable("the program git is missing", hint="install git")
    try:
        with TemporaryFile() as given, TemporaryFile() as said:
            given.write(stdin)
            given.seek(0)
            running = _start((*where, *arguments), environment or {}, file_bytes, given, said)
            out = _listen(running, _verb(arguments), seconds)
            said.seek(0)
            told = said.read(_MOST_SAID)
    except OSError as error:
        raise SourceUnavailable(f"git cannot be run: {error.strerror}") from error
    if running.returncode != 0:
        raise GitFailed(f"git {_verb(arguments)}: {_last_words(told, file_bytes)}", running.returncode)
    return out


def _start(
    arguments: Sequence[str], environment: Mapping[str, str], file_bytes: int, given: IO[bytes], said: IO[bytes]
) -> "subprocess.Popen[bytes]":
    """A session of its own, so that it ends as a whole; a shell only sets the limit and becomes git."""
    limited = ("/bin/sh", "-c", f'ulimit -f {file_bytes // _FILE_BLOCK}; exec git "$@"', "git")
    kept = {name: os.environ[name] for name in _SURROUNDINGS if name in os.environ}
    return subprocess.Popen(
        [*limited, *_HARMLESS, *arguments],
        env={"PATH": os.environ.get("PATH", os.defpath), **kept, **_ENVIRONMENT, **environment},
        stdin=given,
        stdout=subprocess.PIPE,
        stderr=said,
        start_new_session=True,
    )


def _listen(running: "subprocess.Popen[bytes]", verb: str, seconds: float) -> bytes:
    """All that it prints until it ends, or is ended because it takes too long or says too much."""
    late = Event()

    def give_up() -> None:
        late.set()
        _end(running)

    timer = Timer(seconds, give_up)
    timer.daemon = True
    timer.start()
    try:
        assert running.stdout is not None  # noqa: S101 - a pipe was asked for
        with running.stdout as pipe:
            out = pipe.read(MAX_OUTPUT_BYTES + 1)
        if len(out) > MAX_OUTPUT_BYTES:
            raise SourceUnavailable(f"git {verb} printed more than {MAX_OUTPUT_BYTES // 2**20} MiB")
        running.wait()
        if late.is_set():
            raise SourceUnavailable(f"git {verb} took longer than {seconds:.0f} s")
    finally:
        timer.cancel()
        _end(running)
        running.wait()
    return out


def _end(running: "subprocess.Popen[bytes]") -> None:
    """Also what git started to speak over the network."""
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)


def _verb(arguments: Sequence[str]) -> str:
    words = iter(arguments)
    for word in words:
        if word in _WITH_VALUE:
            next(words, "")
        elif not word.startswith("-"):
            return word
    return ""


def _last_words(stderr: bytes, file_bytes: int) -> str:
    """The line that says most, which is seldom git's last one: that is advice. A remote may have written it."""
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    if any(f"signal {signal.SIGXFSZ.value}" in line for line in lines):
        return f"it is larger than {file_bytes // 2**20} MiB"
    telling = [line for line in lines if line.startswith(("fatal:", "error:", "ERROR:", "remote:"))]
    told = next(iter(telling or lines[-1:]), "it failed and did not say why").removeprefix("fatal: ")
    return "".join(c for c in told if c.isprintable())[:_TOLD]
