"""What the files hold, read once: a file whose stamp did not change is not opened, one whose bytes did not change is
not parsed."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tasks_service.adapters.directory_source.listing import Found, Stamp, stamp_of
from tasks_service.core.manifest_files.content import Content, Flaw, digest_of, flawed, parse
from tasks_service.core.ports import MAX_MANIFEST_BYTES, ManifestText

_RACY_NS = 2_000_000_000
"""A file this young may change again without a new stamp: file systems count time in steps of up to two seconds."""


class Vanished(Exception):
    """A file was listed and is gone: the directory is being changed at this moment."""


@dataclass(slots=True)
class _Known:
    stamp: Stamp
    racy: bool
    content: Content


class Contents:
    """The memory of a directory."""

    def __init__(self, text: ManifestText, source: str) -> None:
        self._text = text
        self._source = source
        self._known: dict[str, _Known] = {}

    def update(self, files: Mapping[str, Found], now: datetime) -> dict[str, Content]:
        """The contents of all ``files``; those that are gone are forgotten. Raises ``Vanished``."""
        known = {path: self._current(path, found, now) for path, found in files.items()}
        self._known = known
        return {path: item.content for path, item in known.items()}

    def _current(self, path: str, found: Found, now: datetime) -> _Known:
        known = self._known.get(path)
        if known and not known.content.stale(now):
            if known.stamp == found.stamp and not known.racy:
                return known
        else:
            known = None
        try:
            data, stamp = read_file(found.target, MAX_MANIFEST_BYTES)
        except FileNotFoundError as error:
            raise Vanished(path) from error
        except OSError as error:
            flaw = Flaw("JM005", f"the file cannot be read: {error.strerror}")
            return _Known(found.stamp, True, flawed(path, flaw))
        racy = is_racy(stamp)
        if known and known.content.digest == digest_of(data):
            return _Known(stamp, racy, known.content)
        return _Known(stamp, racy, parse(self._text, self._source, path, data, now))


def is_racy(stamp: Stamp) -> bool:
    """Whether a file may change again without a new stamp."""
    return max(stamp[:2]) + _RACY_NS > time.time_ns()  # the kernel's clock made the stamp, so it is asked here


def read_file(target: str, limit: int) -> tuple[bytes, Stamp]:
    """The bytes of a file, one more than ``limit`` at most, and the stamp from before they were read."""
    descriptor = os.open(target, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor has no path
        stamp = stamp_of(os.fstat(descriptor))
        data = bytearray()
        while len(data) <= limit and (part := file.read(limit + 1 - len(data))):
            data += part
    return bytes(data), stamp
