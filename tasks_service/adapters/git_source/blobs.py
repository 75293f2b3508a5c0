"""What the blobs of a revision hold: read once by their ids, whatever paths they have."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from tasks_service.adapters.git_source.repository import Entry, Repository
from tasks_service.core.manifest_files.calendars import MAX_EVENT_BYTES, EventFile
from tasks_service.core.manifest_files.content import EVENT_SUFFIX, SUFFIXES, Content, Flaw, flawed, parse
from tasks_service.core.ports import MAX_MANIFEST_BYTES, ManifestText, UnreadableEvents

_LINK, _SUBMODULE = "120000", "160000"


class Blobs:
    """The memory of a repository's files: one whose id and path did not change is not parsed again."""

    def __init__(self, repository: Repository, text: ManifestText, source: str) -> None:
        self._repository = repository
        self._text = text
        self._source = source
        self._known: dict[tuple[str, str], Content] = {}

    def contents(self, entries: Iterable[Entry], now: datetime) -> dict[str, Content]:
        """The contents of all files of manifests among the entries, by path."""
        wanted = [e for e in entries if e.path.endswith(SUFFIXES) or e.mode == _SUBMODULE]
        held = {(e.path, e.oid) for e in wanted}
        self._known = {key: c for key, c in self._known.items() if key in held and not c.stale(now)}
        data = self._repository.blobs(
            e.oid for e in wanted if e.regular and (e.path, e.oid) not in self._known and e.size <= MAX_MANIFEST_BYTES
        )
        for entry in wanted:
            key = (entry.path, entry.oid)
            if key not in self._known:
                self._known[key] = self._content(entry, data, now)
        return {entry.path: self._known[entry.path, entry.oid] for entry in wanted}

    def _content(self, entry: Entry, data: Mapping[str, bytes], now: datetime) -> Content:
        if flaw := _flaw(entry):
            return flawed(entry.path, flaw)
        return parse(self._text, self._source, entry.path, data[entry.oid], now)


def _flaw(entry: Entry) -> Flaw | None:
    if entry.mode == _LINK:
        return Flaw("JM006", "it is a link, and links are not followed in a git source", "put the file itself here")
    if entry.mode == _SUBMODULE:
        return Flaw("JM006", "it is a submodule, and those are not read", "name the other repository as a source")
    if entry.size > MAX_MANIFEST_BYTES:
        return Flaw("JM003", f"the file is larger than {MAX_MANIFEST_BYTES // 1024} KiB", "split it")
    return None


class BlobEvents:
    """Implements ``EventFiles`` over the entries of a revision."""

    def __init__(self, repository: Repository, entries: Iterable[Entry]) -> None:
        self._repository = repository
        self._entries = {e.path: e for e in entries if e.path.endswith(EVENT_SUFFIX)}

    def paths(self) -> Iterable[str]:
        """All iCalendar files."""
        return self._entries

    def read(self, path: str) -> EventFile | None:
        """One of them."""
        entry = self._entries.get(path)
        if entry is None:
            return None
        if not entry.regular:
            raise UnreadableEvents("it is a link or a submodule", "put the file itself there")
        if entry.size > MAX_EVENT_BYTES:
            raise UnreadableEvents(f"it is larger than {MAX_EVENT_BYTES // 1024} KiB", "split it")
        return EventFile(entry.oid.encode(), self._repository.blobs([entry.oid])[entry.oid])
