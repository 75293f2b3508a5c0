"""A fresh interpreter for the job types that ask for one: those that are heavy, or must not be forked once imported.

``python -m tasks_service.sandbox.fresh FD`` finds what it needs in the memory file with that descriptor: secrets reach
it neither by its command line nor by its environment.
"""

import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

from pydantic import BaseModel

from tasks_service.core.confinement import Enclosure
from tasks_service.core.framing import frame
from tasks_service.core.run import RunRequest
from tasks_service.jobs.job_registry import load_only
from tasks_service.sandbox import linux
from tasks_service.sandbox.child import answer_of
from tasks_service.sandbox.import_guard import install_import_guard
from tasks_service.sandbox.job_environment import enter_environment, write_all
from tasks_service.sandbox.progress import SlateProgress


class Luggage(BaseModel):
    """What a job process takes along into a fresh interpreter; ``answer``, ``slate`` and ``relay`` are descriptors."""

    request: RunRequest
    enclosure: Enclosure
    workdir: str
    answer: int
    slate: int
    relay: int | None


def start_over(luggage: Luggage, path: str) -> NoReturn:
    """Replace this process by a fresh interpreter that goes on with the run; raises ``OSError``."""
    memory = os.memfd_create("luggage", 0)
    write_all(memory, luggage.model_dump_json().encode())
    os.lseek(memory, 0, os.SEEK_SET)
    for descriptor in (luggage.answer, luggage.slate, *([] if luggage.relay is None else [luggage.relay])):
        os.set_inheritable(descriptor, True)
    environment = {"PATH": path, "LANG": "C.UTF-8", "PYTHONPATH": os.pathsep.join(sys.path)}
    os.execve(sys.executable, [sys.executable, "-P", "-m", __name__, str(memory)], environment)  # noqa: S606


def main(memory: int) -> int:
    """Go on with the run; the code to exit with."""
    linux.hide_memory()
    with open(memory, "rb") as content:
        luggage = Luggage.model_validate_json(content.read())
    install_import_guard()
    load_only(lambda name: name == luggage.request.job_type)
    workdir = Path(luggage.workdir)
    enter_environment(os.environ["PATH"], workdir, luggage.request.secrets)
    relay = None if luggage.relay is None else socket.socket(fileno=luggage.relay)
    said, code = answer_of(luggage.request, workdir, luggage.enclosure, relay, SlateProgress(luggage.slate))
    sys.stdout.flush()
    sys.stderr.flush()
    write_all(luggage.answer, frame(said))
    return code


if __name__ == "__main__":
    os._exit(main(int(sys.argv[1])))
