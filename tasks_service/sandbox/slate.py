"""The slate: a page of memory on which a job process writes its newest progress, and which its supervisor reads.

No report waits for another: the newest replaces the one before, however fast they come and however the job ends. The
page is sealed, so that job code can neither grow nor shrink it, and what stands on it is believed only as far as it is
a report.
"""

import fcntl
import os
import zlib

from pydantic import ValidationError

from tasks_service.core.progress import ProgressReport

_SIZE = 4096
_HEAD = 8
"""Bytes of the checksum in front, in hexadecimal."""


def new_slate() -> int:
    """Its file descriptor; nothing stands on it."""
    descriptor = os.memfd_create("progress", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, _SIZE)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
    return descriptor


def write_slate(descriptor: int, report: ProgressReport) -> None:
    """Replace what stands there."""
    text = report.model_dump_json().encode(errors="replace") + b"\n"
    os.pwrite(descriptor, b"%08x" % zlib.crc32(text) + text, 0)


def read_slate(descriptor: int) -> tuple[bytes, ProgressReport | None]:
    """What stands there, as it is and as a report; None where it is none, or is being written."""
    page = os.pread(descriptor, _SIZE, 0)
    text, end, _ = page[_HEAD:].partition(b"\n")
    if not end or page[:_HEAD] != b"%08x" % zlib.crc32(text + end):
        return page, None
    try:
        return page, ProgressReport.model_validate_json(text, strict=True)
    except ValidationError:
        return page, None
