"""What one file of manifests held."""

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

from tasks_service.core.diagnostics import Diagnostic, errors
from tasks_service.core.firing import next_fire
from tasks_service.core.manifest import JobManifest
from tasks_service.core.ports import ManifestText, Reading
from tasks_service.core.schedule import Cron, Date

SUFFIXES = (".yaml", ".yml")
EVENT_SUFFIX = ".ics"


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a file or a folder could not be taken."""

    rule: str
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What one file held. Compared by identity: the same object means that nothing changed."""

    digest: bytes
    reading: Reading
    unreadable: str = ""
    """Why no document of it can be trusted."""
    stale_at: datetime | None = None
    """When the passing of time changes what is to be said of it."""

    def stale(self, now: datetime) -> bool:
        """Whether it has to be read again although its bytes are the same."""
        return self.stale_at is not None and now >= self.stale_at


def digest_of(data: bytes) -> bytes:
    """What tells whether a file changed."""
    return blake2b(data, digest_size=16).digest()


def parse(text: ManifestText, source: str, path: str, data: bytes, now: datetime) -> Content:
    """Read the documents of a file of a source."""
    reading = text.read(data, path)
    manifests = tuple(replace(m, origin=replace(m.origin, source=source)) for m in reading.manifests)
    calendars = tuple(replace(c, origin=replace(c.origin, source=source)) for c in reading.calendars)
    wrong = errors(reading.problems)
    return Content(
        digest=digest_of(data),
        reading=Reading(manifests=manifests, calendars=calendars, problems=reading.problems),
        unreadable=wrong[0].message if wrong and not (manifests or calendars) else "",
        stale_at=min((t for m in manifests if (t := _stale_at(m.manifest, now))), default=None),
    )


def flawed(path: str, flaw: Flaw) -> Content:
    """The content of something that could not be opened."""
    problem = Diagnostic(rule=flaw.rule, message=flaw.reason, hint=flaw.hint, path=path)
    digest = digest_of(flaw.reason.encode("utf-8", "backslashreplace"))
    return Content(digest=digest, reading=Reading(manifests=(), problems=(problem,)), unreadable=flaw.reason)


def _stale_at(manifest: JobManifest, now: datetime) -> datetime | None:
    """A schedule that ends is looked at again after its next fire, which may have been the last."""
    schedule = manifest.schedule
    ends = isinstance(schedule, Date) or schedule.end_date or (isinstance(schedule, Cron) and schedule.year)
    return next_fire(schedule, now) if ends else None
