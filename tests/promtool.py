"""Prometheus' own judge of metrics and rules."""

import shutil
import subprocess
from pathlib import Path

from needs import leave_out


def promtool(*arguments: str | Path, text: str | None = None) -> str:
    """What promtool has to say; fails where it is not content. Needs the package of Debian, or ``REQUIRE_PROMTOOL``
    makes its absence a failure."""
    program = shutil.which("promtool")
    if program is None:
        leave_out("promtool is not installed: apt-get install --no-install-recommends prometheus", "REQUIRE_PROMTOOL")
    done = subprocess.run([program, *arguments], input=text, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
