"""Refusals: what the sandbox denied a job, in words that name what would allow it."""

import errno
import socket
from collections.abc import Iterator

from tasks_service.core.confinement import Enclosure, Level
from tasks_service.core.sizes import about
from tasks_service.sandbox.rlimits import FILE_BYTES, OPEN_FILES

_DEPTH = 20
_NO_NETWORK = (
    "the sandbox gives this run no network: set NETWORK = True in the job type, or policy.network: true in the manifest"
)
_NO_LOCAL_SOCKETS = "the sandbox gives runs sockets to the network only, none to services of this machine"
_NO_FILE = (
    "the sandbox lets a run write to its own directory only (context.workdir), and read the system and the modules of"
    " job types: TASKS_SANDBOX_WRITE and TASKS_SANDBOX_READ of the service name further paths"
)

_LIMITS = {
    errno.EMFILE: f"a process of a run may have {OPEN_FILES} files open",
    errno.EFBIG: f"a file of a run may have {about(FILE_BYTES)}",
}


def explain_refusal(error: BaseException, enclosure: Enclosure) -> str:
    """What in the sandbox may have caused an error, and what allows it; empty where nothing did."""
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.errno in _LIMITS:
            return _LIMITS[cause.errno]
        if enclosure.level < Level.S3:
            continue
        if isinstance(cause, socket.gaierror) and not enclosure.network:
            return _NO_NETWORK
        if isinstance(cause, OSError) and cause.errno == errno.EAFNOSUPPORT and enclosure.network:
            return _NO_LOCAL_SOCKETS
        if isinstance(cause, PermissionError):
            if cause.filename is not None:
                return _NO_FILE
            if cause.errno == errno.EACCES and not enclosure.network:
                return _NO_NETWORK
    return ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from, groups included."""
    waiting: list[BaseException | None] = [error]
    for _ in range(_DEPTH):
        if not waiting:
            return
        if (one := waiting.pop(0)) is not None:
            yield one
            waiting += [
                one.__cause__,
                one.__context__,
                *(one.exceptions if isinstance(one, BaseExceptionGroup) else ()),
            ]
