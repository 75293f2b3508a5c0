"""What the executor and its child processes say to each other, beside ``RunRequest`` and ``RunResult``.

::

    executor ── packets: Spawn with descriptors, Kill ──► zygote ── packet: Ready ──► executor
    executor ── frames: RunRequest, then perhaps the reason of a cancel ──► supervisor of one run
    supervisor ── frames: BEGUN, then PROGRESS now and then, then RunResult ──► executor

A closed end is a message too: the executor's means that the service is gone, the supervisor's that the run is lost.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from tasks_service.core.run import Message

BEGUN = b"begun"
"""Said before job code can start: without it a run may safely be spawned again."""
PROGRESS = b"progress "
"""Begins a frame that goes on with a ``ProgressReport``."""
REQUEST_LIMIT = 16 * 1024 * 1024
RESULT_LIMIT = 4 * 1024 * 1024
PACKET_LIMIT = 64 * 1024


class Spawn(Message):
    """Begin a run. With it travel its descriptors: control, stdout, stderr, and the relay if there is one."""

    order: Literal["spawn"] = "spawn"
    run_id: str
    workdir: str
    """Made when the run begins and removed when it has ended."""


class Kill(Message):
    """End the supervisor of a run that does not answer any more, and all that it leaves behind."""

    order: Literal["kill"] = "kill"
    run_id: str


class Ready(Message):
    """The zygote can spawn; ``facts`` is what it found by trying."""

    level: str
    facts: dict[str, str]


ORDERS: TypeAdapter[Spawn | Kill] = TypeAdapter(Annotated[Spawn | Kill, Field(discriminator="order")])
