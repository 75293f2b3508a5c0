"""Progress: told on a terminal after a second, and nowhere else."""

import os
import pty
import subprocess
import sys

from running import ROOT

WORK = "import time\nfrom tasks_service.cli.progress import progress\nwith progress('Counting'):\n    time.sleep({})\n"


def on_a_terminal(seconds: float) -> str:
    mine, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", WORK.format(seconds)], cwd=ROOT, stderr=theirs)
    os.close(theirs)
    told = b""
    try:
        while part := os.read(mine, 1000):
            told += part
    except OSError:  # the other end is closed
        pass
    os.close(mine)
    assert process.wait(timeout=30) == 0
    return told.decode()


def test_what_takes_longer_than_a_second_is_told_and_then_erased() -> None:
    told = on_a_terminal(1.5)

    assert "Counting … 1 s" in told
    assert told.endswith("\r\033[K")


def test_what_is_quick_is_not_told() -> None:
    assert on_a_terminal(0.1) == ""


def test_a_program_that_reads_is_told_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WORK.format(1.2)], cwd=ROOT, capture_output=True, text=True, timeout=30
    )

    assert (done.returncode, done.stderr) == (0, "")
