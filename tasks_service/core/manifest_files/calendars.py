"""The calendars of a source: drafts from its manifests, made whole by the iCalendar files they name."""

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from tasks_service.core.calendar import Calendar, CalendarEvent
from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.manifest_files.content import EVENT_SUFFIX, Content
from tasks_service.core.ports import CalendarDraft, EventText, UnreadableEvents
from tasks_service.core.state import SourcedCalendar
from tasks_service.core.suggestion import did_you_mean

MAX_EVENT_BYTES = 1024 * 1024
"""A longer iCalendar file is refused."""
YEARS_BACK = 2
YEARS_AHEAD = 10


def horizon(now: datetime) -> range:
    """The years for which recurring events are written out: whole ones, so that it moves once a year."""
    return range(now.year - YEARS_BACK, now.year + YEARS_AHEAD + 1)


@dataclass(frozen=True, slots=True)
class Calendars:
    """The calendars of one look at a source. ``mark`` tells whether any file or the horizon changed."""

    sourced: tuple[SourcedCalendar, ...]
    problems: tuple[Diagnostic, ...]
    mark: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class EventFile:
    """The bytes of an iCalendar file, and what tells whether they changed."""

    digest: bytes
    data: bytes


class EventFiles(Protocol):
    """The iCalendar files of a source; they count only where a calendar names them."""

    def paths(self) -> Iterable[str]:
        """All of them, below the top of the source."""
        ...

    def read(self, path: str) -> EventFile | None:
        """One of them, None where there is none; raises ``UnreadableEvents`` where it cannot be taken."""
        ...


_Key = tuple[bytes, str, range]
_Events = tuple[CalendarEvent, ...] | UnreadableEvents


class CalendarFiles:
    """The memory of what iCalendar files said: none is expanded twice."""

    def __init__(self, events: EventText) -> None:
        self._events = events
        self._expanded: dict[_Key, _Events] = {}

    def of(self, contents: Mapping[str, Content], files: EventFiles, now: datetime) -> Calendars:
        """The calendars of all ``contents``; a path that cannot be used is a problem at its place in the manifest."""
        drafts = [draft for _, content in sorted(contents.items()) for draft in content.reading.calendars]
        return self.complete(drafts, files, now)

    def complete(self, drafts: Iterable[CalendarDraft], files: EventFiles, now: datetime) -> Calendars:
        """The calendars of these drafts, which stand in files of the source."""
        look = _Look(self._events, self._expanded, files, horizon(now))
        sourced, problems = [], []
        for draft in drafts:
            wrong, events = look.resolve(draft)
            problems += wrong
            if not wrong:
                calendar = Calendar(manifest=draft.manifest, events=tuple(sorted(events, key=_by_time)))
                sourced.append(SourcedCalendar(calendar=calendar, origin=draft.origin))
        self._expanded = look.expanded
        mark = ((str(look.years), b""), *sorted(look.used.items()))
        return Calendars(tuple(sourced), tuple(problems), mark if look.used else ())


class _Look:
    """One pass over the drafts."""

    def __init__(self, text: EventText, expanded: Mapping[_Key, _Events], files: EventFiles, years: range) -> None:
        self.used: dict[str, bytes] = {}
        self.expanded: dict[_Key, _Events] = {}
        self.years = years
        self._text = text
        self._expanded_before = expanded
        self._files = files

    def resolve(self, draft: CalendarDraft) -> tuple[list[Diagnostic], set[CalendarEvent]]:
        """What is wrong with the files that a draft names, and all their events."""
        problems: list[Diagnostic] = []
        events: set[CalendarEvent] = set()
        for index, (name, place) in enumerate(zip(draft.manifest.ical, draft.places, strict=True)):
            try:
                events.update(self._read(draft, name))
            except UnreadableEvents as error:
                problems.append(_problem(draft, index, name, place, error))
        return problems, events

    def _read(self, draft: CalendarDraft, name: str) -> tuple[CalendarEvent, ...]:
        path = _path(draft.origin.path, name)
        file = self._files.read(path)
        if file is None:
            raise UnreadableEvents("there is no such file", self._missing_hint(draft.origin.path, name))
        self.used[path] = file.digest
        if len(file.data) > MAX_EVENT_BYTES:
            raise UnreadableEvents(f"it is larger than {MAX_EVENT_BYTES // 1024} KiB", "split it")
        return self._expand(file, draft.manifest.zone)

    def _missing_hint(self, manifest: str, name: str) -> str:
        near = posixpath.dirname(manifest)
        return did_you_mean(name, (posixpath.relpath(path, near or ".") for path in self._files.paths()))

    def _expand(self, file: EventFile, zone: ZoneInfo) -> tuple[CalendarEvent, ...]:
        key = (file.digest, zone.key, self.years)
        known = self.expanded.get(key) or self._expanded_before.get(key)
        if known is None:
            try:
                known = self._text.read(file.data, zone, self.years)
            except UnreadableEvents as error:
                known = error
        self.expanded[key] = known
        if isinstance(known, UnreadableEvents):
            raise known
        return known


def _path(manifest: str, name: str) -> str:
    """The path of a file below the top of the source; refused where it leads out of it."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(manifest), name))
    if name.startswith("/") or path == ".." or path.startswith("../"):
        raise UnreadableEvents("the path leads out of the directory of manifests", "put the file in there")
    if not path.endswith(EVENT_SUFFIX):
        raise UnreadableEvents("the name of an iCalendar file ends in .ics")
    return path


def _problem(
    draft: CalendarDraft, index: int, name: str, place: tuple[int, int], error: UnreadableEvents
) -> Diagnostic:
    return Diagnostic(
        rule="JM052",
        message=f"{name}: {error}",
        hint=error.hint,
        path=draft.origin.path,
        line=place[0],
        column=place[1],
        field=f"ical[{index}]",
    )


def _by_time(event: CalendarEvent) -> tuple[datetime, datetime, str]:
    return event.begin, event.end, event.label
