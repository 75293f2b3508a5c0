"""A command on a pseudo-terminal, as somebody at a keyboard sees it."""

import os
import pty
import re
import struct
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

from running import ROOT

_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What stood on the screen at the end."""

    code: int
    raw: str

    @property
    def coloured(self) -> bool:
        """Whether any escape sequence was sent."""
        return bool(_ESCAPE.search(self.raw))

    @property
    def lines(self) -> list[str]:
        """Without colours and without spaces at the ends."""
        return [line.rstrip() for line in _ESCAPE.sub("", self.raw).replace("\r\n", "\n").splitlines()]


def on_terminal(*arguments: str, env: Mapping[str, str], cwd: Path, width: int = 120, typed: str = "") -> Seen:
    """``tasks …`` with stdin, stdout and stderr on a terminal of that width, and what is typed there."""
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "LANG": "C.UTF-8", **env}
    process = subprocess.Popen(
        [sys.executable, "-m", "tasks_service", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=given,
        cwd=cwd,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        os.write(ours, typed.encode())
        raw = b"".join(iter(lambda: _read(ours), b""))
    finally:
        os.close(ours)
    return Seen(code=process.wait(30), raw=raw.decode())


def _read(terminal: int) -> bytes:
    """What comes next; nothing once the other end is closed, which Linux tells as an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""
