"""The iCalendar files of a directory: one whose stamp did not change is not read again."""

from collections.abc import Iterable
from dataclasses import dataclass

from tasks_service.adapters.directory_source.contents import Vanished, is_racy, read_file
from tasks_service.adapters.directory_source.listing import Found, Listing, Stamp
from tasks_service.core.manifest_files.calendars import MAX_EVENT_BYTES, EventFile
from tasks_service.core.manifest_files.content import digest_of
from tasks_service.core.ports import UnreadableEvents


@dataclass(frozen=True, slots=True)
class _Seen:
    stamp: Stamp
    racy: bool
    file: EventFile


class DirectoryEvents:
    """Implements ``EventFiles`` over the newest listing of a directory."""

    def __init__(self) -> None:
        self._listing = Listing()
        self._before: dict[str, _Seen] = {}
        self._seen: dict[str, _Seen] = {}

    def look(self, listing: Listing) -> "DirectoryEvents":
        """Itself, over another listing. Files that nobody asked for since the last one are forgotten."""
        self._listing = listing
        self._before, self._seen = self._seen, {}
        return self

    def paths(self) -> Iterable[str]:
        """All iCalendar files."""
        return self._listing.events

    def read(self, path: str) -> EventFile | None:
        """One of them; raises ``Vanished`` where it is gone since it was listed."""
        if flaw := self._listing.event_flaws.get(path):
            raise UnreadableEvents(flaw.reason, flaw.hint)
        found = self._listing.events.get(path)
        if found is None:
            return None
        known = self._seen.get(path) or self._before.get(path)
        if known is None or known.stamp != found.stamp or known.racy:
            known = _read(path, found)
        self._seen[path] = known
        return known.file


def _read(path: str, found: Found) -> _Seen:
    try:
        data, stamp = read_file(found.target, MAX_EVENT_BYTES)
    except FileNotFoundError as error:
        raise Vanished(path) from error
    except OSError as error:
        raise UnreadableEvents(f"it cannot be read: {error.strerror}") from error
    return _Seen(stamp, is_racy(stamp), EventFile(digest_of(data), data))
