"""From a fork of the supervisor to a process that may run a job: cut off, limited, cleaned, and told what to do."""

import gc
import os
import sys
from dataclasses import dataclass
from typing import TextIO

from tasks_service.core.run import RunRequest
from tasks_service.sandbox import linux
from tasks_service.sandbox.answer import send_answer
from tasks_service.sandbox.cell import Cell
from tasks_service.sandbox.child import not_confined
from tasks_service.sandbox.child_signals import forget_signals
from tasks_service.sandbox.fresh import start_over
from tasks_service.sandbox.job_environment import enter_environment
from tasks_service.sandbox.luggage import Luggage, carry_out
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
    luggage = Luggage(
        request=request,
        enclosure=cell.enclosure,
        workdir=str(workdir),
        answer=answer,
        slate=slate,
        relay=given.relay,
    )
    try:
        cell.close_behind(parent)
        if request.fresh_interpreter:
            start_over(luggage, path)
    except OSError as error:
        send_answer(answer, not_confined(error, cell.enclosure))
        return 1
    gc.enable()
    return carry_out(luggage)


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
