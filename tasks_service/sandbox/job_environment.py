"""The environment of a job process: nothing of the service's own but where programs are."""

import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path


def job_environment(path: str, workdir: Path, secrets: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a job."""
    home = str(workdir)
    return {"PATH": path, "LANG": "C.UTF-8", "HOME": home, "TMPDIR": home, "TZ": "UTC", **secrets}


def enter_environment(path: str, workdir: Path, secrets: Mapping[str, str]) -> None:
    """Give this process the environment of a job."""
    os.environ.clear()
    os.environ.update(job_environment(path, workdir, secrets))
    time.tzset()
    tempfile.tempdir = None  # What was remembered of the old environment.
