"""What the files hold, read once: a file whose stamp did not change is not opened, one whose bytes did not change is
not parsed."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

from tasks_service.adapters.directory_source.listing import Flaw, Found, Stamp, stamp_of
from tasks_service.core.diagnostics import Diagnostic, errors
from tasks_service.core.firing import next_fire
from tasks_service.core.manifest import JobManifest
from tasks_service.core.ports import MAX_MANIFEST_BYTES, ManifestText, Reading
from tasks_service.core.schedule import Cron, Date

_RACY_NS = 2_000_000_000
"""A file this young may change again without a new stamp: file systems count time in steps of up to two seconds."""


class Vanished(Exception):
    """A file was listed and is gone: the directory is being changed at this moment."""


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What one file held. Compared by identity: the same object means that nothing changed."""

    digest: bytes
    reading: Reading
    unreadable: str = ""
    """Why no document of it can be trusted."""
    stale_at: datetime | None = None
    """When the passing of time changes what is to be said of it."""


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
        if known and (known.content.stale_at is None or now < known.content.stale_at):
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
        digest = blake2b(data, digest_size=16).digest()
        if known and known.content.digest == digest:
            return _Known(stamp, racy, known.content)
        return _Known(stamp, racy, self._parsed(path, data, digest, now))

    def _parsed(self, path: str, data: bytes, digest: bytes, now: datetime) -> Content:
        reading = self._text.read(data, path)
        manifests = tuple(replace(m, origin=replace(m.origin, source=self._source)) for m in reading.manifests)
        calendars = tuple(replace(c, origin=replace(c.origin, source=self._source)) for c in reading.calendars)
        wrong = errors(reading.problems)
        return Content(
            digest=digest,
            reading=Reading(manifests=manifests, calendars=calendars, problems=reading.problems),
            unreadable=wrong[0].message if wrong and not (manifests or calendars) else "",
            stale_at=min((t for m in manifests if (t := _stale_at(m.manifest, now))), default=None),
        )


def flawed(path: str, flaw: Flaw) -> Content:
    """The content of something that could not be opened."""
    problem = Diagnostic(rule=flaw.rule, message=flaw.reason, hint=flaw.hint, path=path)
    digest = blake2b(flaw.reason.encode("utf-8", "backslashreplace"), digest_size=16).digest()
    return Content(digest=digest, reading=Reading(manifests=(), problems=(problem,)), unreadable=flaw.reason)


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


def _stale_at(manifest: JobManifest, now: datetime) -> datetime | None:
    """A schedule that ends is looked at again after its next fire, which may have been the last."""
    schedule = manifest.schedule
    ends = isinstance(schedule, Date) or schedule.end_date or (isinstance(schedule, Cron) and schedule.year)
    return next_fire(schedule, now) if ends else None
