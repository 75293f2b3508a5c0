"""The calendars of a directory: drafts from its manifests, made whole by the iCalendar files they name."""

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from zoneinfo import ZoneInfo

from tasks_service.adapters.directory_source.contents import Content, Vanished, is_racy, read_file
from tasks_service.adapters.directory_source.listing import Found, Listing, Stamp
from tasks_service.core.calendar import Calendar, CalendarEvent
from tasks_service.core.diagnostics import Diagnostic
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
    """The calendars of one look at a directory. ``mark`` tells whether any file or the horizon changed."""

    sourced: tuple[SourcedCalendar, ...]
    problems: tuple[Diagnostic, ...]
    mark: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    stamp: Stamp
    racy: bool
    digest: bytes
    data: bytes


class CalendarFiles:
    """The memory of the iCalendar files: one whose stamp did not change is not read, and none is expanded twice."""

    def __init__(self, events: EventText) -> None:
        self._events = events
        self._seen: dict[str, _Seen] = {}
        self._expanded: dict[tuple[bytes, str, range], tuple[CalendarEvent, ...] | UnreadableEvents] = {}

    def update(self, contents: Mapping[str, Content], listing: Listing, now: datetime) -> Calendars:
        """The calendars of all ``contents``; a path that cannot be used is a problem at its place in the manifest."""
        drafts = [draft for _, content in sorted(contents.items()) for draft in content.reading.calendars]
        return self.complete(drafts, listing, now)

    def complete(self, drafts: Iterable[CalendarDraft], listing: Listing, now: datetime) -> Calendars:
        """The calendars of these drafts, which stand in files of the directory."""
        look = _Look(self._events, self._seen, self._expanded, listing, horizon(now))
        sourced, problems = [], []
        for draft in drafts:
            wrong, events = look.resolve(draft)
            problems += wrong
            if not wrong:
                calendar = Calendar(manifest=draft.manifest, events=tuple(sorted(events, key=_by_time)))
                sourced.append(SourcedCalendar(calendar=calendar, origin=draft.origin))
        self._seen, self._expanded = look.used, look.expanded
        mark = ((str(look.years), b""), *((path, seen.digest) for path, seen in sorted(look.used.items())))
        return Calendars(tuple(sourced), tuple(problems), mark if look.used else ())


class _Look:
    """One pass over the drafts."""

    def __init__(
        self,
        text: EventText,
        seen: Mapping[str, _Seen],
        expanded: Mapping[tuple[bytes, str, range], tuple[CalendarEvent, ...] | UnreadableEvents],
        listing: Listing,
        years: range,
    ) -> None:
        self.used: dict[str, _Seen] = {}
        self.expanded: dict[tuple[bytes, str, range], tuple[CalendarEvent, ...] | UnreadableEvents] = {}
        self.years = years
        self._text = text
        self._before = seen
        self._expanded_before = expanded
        self._listing = listing

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
        path = self._path(draft.origin.path, name)
        flaw = self._listing.event_flaws.get(path)
        if flaw:
            raise UnreadableEvents(flaw.reason, flaw.hint)
        found = self._listing.events.get(path)
        if found is None:
            raise UnreadableEvents("there is no such file", self._missing_hint(draft.origin.path, name))
        return self._expand(self._content(path, found), draft.manifest.zone)

    def _path(self, manifest: str, name: str) -> str:
        """The path of a file below the directory; refused where it leads out of it."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(manifest), name))
        if name.startswith("/") or path == ".." or path.startswith("../"):
            raise UnreadableEvents("the path leads out of the directory of manifests", "put the file in there")
        if not path.endswith(".ics"):
            raise UnreadableEvents("the name of an iCalendar file ends in .ics")
        return path

    def _missing_hint(self, manifest: str, name: str) -> str:
        near = posixpath.dirname(manifest)
        return did_you_mean(name, (posixpath.relpath(path, near or ".") for path in self._listing.events))

    def _content(self, path: str, found: Found) -> _Seen:
        before = self.used.get(path) or self._before.get(path)
        if before and before.stamp == found.stamp and not before.racy:
            self.used[path] = before
            return before
        try:
            data, stamp = read_file(found.target, MAX_EVENT_BYTES)
        except FileNotFoundError as error:
            raise Vanished(path) from error
        except OSError as error:
            raise UnreadableEvents(f"it cannot be read: {error.strerror}") from error
        if len(data) > MAX_EVENT_BYTES:
            raise UnreadableEvents(f"it is larger than {MAX_EVENT_BYTES // 1024} KiB", "split it")
        self.used[path] = _Seen(stamp, is_racy(stamp), blake2b(data, digest_size=16).digest(), data)
        return self.used[path]

    def _expand(self, seen: _Seen, zone: ZoneInfo) -> tuple[CalendarEvent, ...]:
        key = (seen.digest, zone.key, self.years)
        known = self.expanded.get(key) or self._expanded_before.get(key)
        if known is None:
            try:
                known = self._text.read(seen.data, zone, self.years)
            except UnreadableEvents as error:
                known = error
        self.expanded[key] = known
        if isinstance(known, UnreadableEvents):
            raise known
        return known


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
