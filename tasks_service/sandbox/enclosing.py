"""Enclosing: putting a job process behind the walls of its level, in the order in which they can be put up."""

from pathlib import Path

from tasks_service.core.confinement import Enclosure, Level
from tasks_service.sandbox import linux, privileges, reach
from tasks_service.sandbox.landlock import Fence
from tasks_service.sandbox.seccomp import refuse_system_calls


def enclose(enclosure: Enclosure, workdir: Path, parent: int, user: int | None) -> None:
    """Confine this process and all that comes from it; raises ``OSError`` where a wall cannot be put up.

    ``user`` is the one to become, None to stay. Files are opened by the rules before the user changes: directories
    above them may be closed to others.
    """
    fence = _fence(enclosure, workdir) if enclosure.level >= Level.S3 else None
    if user is not None:
        privileges.become(user)
        linux.die_with_parent(parent)
    if fence is not None:
        privileges.drop_capabilities()
        fence.close_behind()
        refuse_system_calls(network=enclosure.network)
    linux.hide_memory()


def _fence(enclosure: Enclosure, workdir: Path) -> Fence:
    fence = Fence(network=enclosure.network)
    fence.allow_reading(reach.readable(enclosure.readable, enclosure.private))
    fence.allow_everything([workdir, *map(Path, enclosure.writable), *reach.devices()])
    return fence
