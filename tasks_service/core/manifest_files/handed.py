"""Files that somebody hands over instead of keeping them in a source: read as if they lay in its folder."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import PurePosixPath

from tasks_service.core.errors import InvalidInput
from tasks_service.core.manifest_files.assembly import Assembly
from tasks_service.core.manifest_files.calendars import CalendarFiles, EventFile
from tasks_service.core.manifest_files.content import EVENT_SUFFIX, SUFFIXES, Content, digest_of, parse
from tasks_service.core.ports import EventText, ManifestText
from tasks_service.core.state import Snapshot


class HandedFiles:
    """Reads what is handed over. A file that was in the last hand-over too is not parsed again."""

    def __init__(self, text: ManifestText, events: EventText) -> None:
        self._text = text
        self._events = events
        self._known: dict[tuple[str, str, bytes], Content] = {}

    def snapshot(self, source: str, files: Mapping[str, bytes], now: datetime, revision: str = "") -> Snapshot:
        """What a source of this name would show; ``InvalidInput`` for a path that leads out of it.

        Without a revision of its own, the snapshot is named by a hash of its files.
        """
        for path in files:
            _refuse_outside(path)
        wanted = {path: data for path, data in files.items() if _counts(path)}
        known, kept = self._known, dict[tuple[str, str, bytes], Content]()
        contents: dict[str, Content] = {}
        for path, data in sorted(wanted.items()):
            if path.endswith(SUFFIXES):
                key = (source, path, digest_of(data))
                content = known.get(key)
                if content is None or content.stale(now):
                    content = parse(self._text, source, path, data, now)
                kept[key] = contents[path] = content
        self._known = kept
        calendars = CalendarFiles(self._events).of(contents, _Events(wanted), now)
        return Assembly(source).snapshot(contents, calendars, now, revision)


class _Events:
    """Implements ``EventFiles``."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = {path: data for path, data in files.items() if path.endswith(EVENT_SUFFIX)}

    def paths(self) -> Iterable[str]:
        return self._files

    def read(self, path: str) -> EventFile | None:
        data = self._files.get(path)
        return None if data is None else EventFile(digest_of(data), data)


def _counts(path: str) -> bool:
    """Names that begin with a dot or an underscore are left alone, as in a directory."""
    return not any(part.startswith((".", "_")) for part in path.split("/"))


def _refuse_outside(path: str) -> None:
    parts = PurePosixPath(path)
    if not path.isprintable() or parts.is_absolute() or ".." in parts.parts or str(parts) != path:
        raise InvalidInput(
            f"{path!r} is no path of a file of manifests", hint="name it as seen from their folder, such as team/a.yaml"
        )
