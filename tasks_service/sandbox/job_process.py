"""From a fork of the supervisor to a process that may run a job: cut off, limited, cleaned, and told what to do."""

import gc
import os
import socket
import sys
from dataclasses import dataclass
from typing import TextIO

from tasks_service.core.framing import frame
from tasks_service.core.run import RunRequest
from tasks_service.sandbox import linux
from tasks_service.sandbox.cell import Cell
from tasks_service.sandbox.child import answer_of, not_confined
from tasks_service.sandbox.child_signals import forget_signals
from tasks_service.sandbox.fresh import Luggage, start_over
from tasks_service.sandbox.job_environment import enter_environment, write_all
from tasks_service.sandbox.progress import SlateProgress
from tasks_service.sandbox.rlimits import apply_rlimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptors:
    """The file descriptors that a run is given."""

    stdout: int
    stderr: int
    relay: int | None


NICENESS = 5
"""On a machine that has more to do than it can, the service comes before its jobs: a leader that gets no time loses its
lead."""


def run_in_this_process(
    request: RunRequest, cell: Cell, given: Descriptors, answer: int, slate: int, parent: int
) -> int:
    """Become the job process, run the job and write the answer; returns the code to exit with."""
    workdir = cell.workdir
    forget_signals()
    os.setsid()
    linux.die_with_parent(parent)
    linux.offer_to_the_oom_killer()
    linux.give_way(NICENESS)
    _connect(given, answer, slate)
    os.chdir(workdir)
    path = os.environ["PATH"]
    enter_environment(path, workdir, request.secrets)
    apply_rlimits(request.limits, own_user=cell.user is not None)
    try:
        cell.close_behind(parent)
    except OSError as error:
        said, code = not_confined(error, cell.enclosure), 1
    else:
        if request.fresh_interpreter:
            start_over(
                Luggage(
                    request=request,
                    enclosure=cell.enclosure,
                    workdir=str(workdir),
                    answer=answer,
                    slate=slate,
                    relay=given.relay,
                ),
                path,
            )
        gc.enable()
        relay = None if given.relay is None else socket.socket(fileno=given.relay)
        said, code = answer_of(request, workdir, cell.enclosure, relay, SlateProgress(slate))
    sys.stdout.flush()
    sys.stderr.flush()
    write_all(answer, frame(said))
    return code


def _connect(given: Descriptors, answer: int, slate: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(given.stdout, 1)
    os.dup2(given.stderr, 2)
    linux.close_descriptors_except({0, 1, 2, answer, slate} | ({given.relay} if given.relay is not None else set()))
    sys.stdout = _text_stream(1)
    sys.stderr = _text_stream(2)


def _text_stream(descriptor: int) -> TextIO:
    return open(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
