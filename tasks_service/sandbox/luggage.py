"""What a job process has with it when its cell is closed: all that it needs to carry out its run."""

import socket
from pathlib import Path

from tasks_service.core.confinement import Enclosure
from tasks_service.core.run import Message, RunRequest
from tasks_service.sandbox.answer import send_answer
from tasks_service.sandbox.child import answer_of
from tasks_service.sandbox.progress import SlateProgress


class Luggage(Message):
    """A request, and where it is carried out; ``answer``, ``slate`` and ``relay`` are descriptors."""

    request: RunRequest
    enclosure: Enclosure
    workdir: str
    answer: int
    slate: int
    relay: int | None


def carry_out(luggage: Luggage) -> int:
    """Run the job and send the answer; returns the code to exit with."""
    relay = None if luggage.relay is None else socket.socket(fileno=luggage.relay)
    progress = SlateProgress(luggage.slate)
    said, code = answer_of(luggage.request, Path(luggage.workdir), luggage.enclosure, relay, progress)
    send_answer(luggage.answer, said)
    return code
