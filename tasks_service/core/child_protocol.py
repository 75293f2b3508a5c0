"""What the executor and its child processes say to each other, beside ``RunRequest`` and ``RunResult``.

::

    executor ── packets: Spawn with descriptors, Kill, Retire ──► zygote ── packet: Ready ──► executor
    executor ── frames: RunRequest, then perhaps the reason of a cancel ──► supervisor of one run
    supervisor ── frames: BEGUN, then PROGRESS now and then, then RunResult ──► executor

A closed end is a message too: the executor's means that the service is gone, the supervisor's that the run is lost.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from tasks_service.core.confinement import Enclosure, Level
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
    enclosure: Enclosure
    submitted: float
    """When the run was given to the executor, on the monotonic clock that all processes share."""


class Kill(Message):
    """End the supervisor of a run that does not answer any more, and all that it leaves behind."""

    order: Literal["kill"] = "kill"
    run_id: str


class Retire(Message):
    """Leave when the last of the runs under way has ended: another zygote has taken over."""

    order: Literal["retire"] = "retire"


class Ready(Message):
    """The zygote can spawn; all of this is what it found by trying."""

    refusals: dict[Level, str]
    """For each level why runs cannot be confined that far; empty where they can."""
    own_user: bool
    """Whether runs can have a user of their own."""
    grouped: bool
    """Whether runs are limited by control groups."""
    facts: dict[str, str]
    code: tuple[str, ...]
    """The files of the job types that it has loaded."""


ORDERS: TypeAdapter[Spawn | Kill | Retire] = TypeAdapter(Annotated[Spawn | Kill | Retire, Field(discriminator="order")])
