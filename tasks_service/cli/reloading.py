"""For development: the service in a child process, which is started anew whenever the code changes."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from threading import Event

import typer
import watchfiles

_MARK = "_INSIGHTMESH_TASKS_CHILD"
_LOOK_AGAIN_MS = 300
_BROKEN_CODE = 1
"""How Python ends where a module cannot be loaded: the next change may mend it."""


def is_child() -> bool:
    """Whether this is the process that serves, and not the one that watches."""
    return _MARK in os.environ


def serve_anew_at_changes(folders: Sequence[Path]) -> int:
    """Serve until a signal comes or the service ends by itself; return its exit code."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    child = _start()
    for changes in watchfiles.watch(*folders, stop_event=stop, yield_on_timeout=True, rust_timeout=_LOOK_AGAIN_MS):
        if changes:
            typer.echo(f"{min(path for _, path in changes)} has changed: starting anew", err=True)
            _stop(child)
            child = _start()
        elif child.poll() not in (None, _BROKEN_CODE):
            break
    return _stop(child)


def _start() -> "subprocess.Popen[bytes]":
    """The command line that started this process, once more."""
    return subprocess.Popen([sys.executable, *sys.orig_argv[1:]], env={**os.environ, _MARK: "1"})


def _stop(child: "subprocess.Popen[bytes]") -> int:
    """The exit code; a child that was still loading when it was told to stop did nothing wrong."""
    child.terminate()
    code = child.wait()
    return 0 if code == -signal.SIGTERM else code
