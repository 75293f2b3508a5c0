"""Manifests and calendars as the database keeps them: JSON text, validated again when it is read."""

import json
from datetime import datetime
from functools import lru_cache

from pydantic import ValidationError

from tasks_service.core.calendar import Calendar, CalendarEvent, CalendarManifest
from tasks_service.core.errors import StoreUnavailable
from tasks_service.core.manifest import JobManifest


def dump_manifest(manifest: JobManifest) -> str:
    """A manifest as JSON text, defaults filled in."""
    return json.dumps(manifest.given(), separators=(",", ":"))


@lru_cache(maxsize=20_000)
def load_manifest(text: str) -> JobManifest:
    """The manifest of a stored text; ``StoreUnavailable`` where this version cannot read it.

    Answers are kept: every read of the inventory passes the same texts through here.
    """
    try:
        return JobManifest.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise _unreadable("manifest", text, error) from error


def dump_calendar(calendar: Calendar) -> str:
    """A calendar as JSON text, its events as plain lists."""
    events = [[e.begin.isoformat(), e.end.isoformat(), e.label, e.whole_days] for e in calendar.events]
    return json.dumps({"manifest": calendar.manifest.given(), "events": events}, separators=(",", ":"))


@lru_cache(maxsize=1000)
def load_calendar(text: str) -> Calendar:
    """The calendar of a stored text; ``StoreUnavailable`` where this version cannot read it. Answers are kept."""
    stored = json.loads(text)
    try:
        manifest = CalendarManifest.model_validate_json(json.dumps(stored["manifest"]), strict=True)
    except ValidationError as error:
        raise _unreadable("calendar", text, error) from error
    events = tuple(
        CalendarEvent(
            begin=datetime.fromisoformat(begin), end=datetime.fromisoformat(end), label=label, whole_days=whole
        )
        for begin, end, label, whole in stored["events"]
    )
    return Calendar(manifest=manifest, events=events)


def _unreadable(kind: str, text: str, error: ValidationError) -> StoreUnavailable:
    first = error.errors()[0]
    return StoreUnavailable(
        f"a stored {kind} cannot be read: {'.'.join(map(str, first['loc']))}: {first['msg']}: {text[:80]}…",
        hint="it was written by another version of the service, or this machine lacks a time zone",
    )
