"""The command line: the real application, in this process, from a folder and an environment of the test's choice."""

import os
from contextlib import chdir
from pathlib import Path

from running import ROOT
from typer.testing import CliRunner, Result

from tasks_service.cli.main import application


def tasks(*arguments: str, cwd: Path = ROOT, **env: str) -> Result:
    """``tasks …``; an exception that is no exit goes through to the test."""
    nothing: dict[str, str | None] = dict.fromkeys(os.environ)
    told = {**nothing, "PATH": os.environ["PATH"], "NO_COLOR": "1", "TERM": "dumb", **env}
    with chdir(cwd):
        return CliRunner().invoke(application, arguments, env=told, prog_name="tasks", catch_exceptions=False)
