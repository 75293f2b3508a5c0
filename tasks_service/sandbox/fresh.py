"""A fresh interpreter for the job types that ask for one: those that are heavy, or must not be forked once imported.

``python -m tasks_service.sandbox.fresh FD`` finds what it needs in the memory file with that descriptor: secrets reach
it neither by its command line nor by its environment.
"""

import os
import sys
from pathlib import Path
from typing import NoReturn

from tasks_service.jobs.job_registry import load_only
from tasks_service.sandbox import linux
from tasks_service.sandbox.import_guard import install_import_guard
from tasks_service.sandbox.job_environment import enter_environment
from tasks_service.sandbox.luggage import Luggage, carry_out


def start_over(luggage: Luggage, path: str) -> NoReturn:
    """Replace this process by a fresh interpreter that goes on with the run; raises ``OSError``."""
    memory = os.memfd_create("luggage", 0)
    with open(memory, "wb", closefd=False) as content:
        content.write(luggage.model_dump_json().encode())
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
    enter_environment(os.environ["PATH"], Path(luggage.workdir), luggage.request.secrets)
    return carry_out(luggage)


if __name__ == "__main__":
    os._exit(main(int(sys.argv[1])))
