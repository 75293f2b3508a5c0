"""Builders of calendars for tests, and what a calendar means by brute force: looked up on the wall at each moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from builders import make_origin
from wall_oracle import Wall, expected_fires

from tasks_service.core.calendar import Calendar, CalendarEvent, CalendarManifest
from tasks_service.core.job_calendars import JobCalendars, calendars_of
from tasks_service.core.schedule import Interval
from tasks_service.core.state import Origin, SourcedCalendar

CHRISTMAS = {"date": "2026-12-25", "label": "Christmas Day"}


def make_calendar(calendar_id: str = "holidays", *, events: Sequence[CalendarEvent] = (), **keys: Any) -> Calendar:
    """A calendar from the keys of its document."""
    document = {"kind": "calendar", "calendar_id": calendar_id, **keys}
    return Calendar(manifest=CalendarManifest.model_validate(document), events=tuple(events))


def make_sourced_calendar(
    calendar_id: str = "holidays", *, origin: Origin | None = None, **keys: Any
) -> SourcedCalendar:
    """A calendar in a file of its own, unless an origin is given."""
    return SourcedCalendar(
        calendar=make_calendar(calendar_id, **keys), origin=origin or make_origin(f"{calendar_id}.yaml")
    )


def judged_by(*, skip: Sequence[Calendar] = (), only: Sequence[Calendar] = ()) -> JobCalendars:
    """What a job is judged by that refers to these."""
    schedule = Interval(
        trigger="interval",
        seconds=1,
        skip_during=[c.calendar_id for c in skip],
        only_during=[c.calendar_id for c in only],
    )
    return calendars_of(schedule, {c.key: c for c in (*skip, *only)})


@lru_cache(maxsize=1000)
def _fires_near(wall: Wall, zone: ZoneInfo, day: date) -> list[datetime]:
    """The fires of a day in UTC and of the one before; no window of a test lasts longer."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return expected_fires(wall, zone, midnight - timedelta(days=1), midnight + timedelta(days=1))


@dataclass(frozen=True)
class WallCalendar:
    """A calendar as plain facts; ``holds`` looks at the clock on the wall."""

    zone: ZoneInfo
    days: frozenset[date]
    spans: tuple[tuple[date, date], ...]
    moments: tuple[tuple[datetime, datetime], ...]
    windows: tuple[tuple[Wall, str, timedelta], ...]

    def holds(self, moment: datetime) -> bool:
        day = moment.astimezone(self.zone).date()
        return (
            day in self.days
            or any(first <= day <= last for first, last in self.spans)
            or any(first <= moment < last for first, last in self.moments)
            or any(f <= moment < f + d for w, _, d in self.windows for f in _fires_near(w, self.zone, moment.date()))
        )

    def built(self, calendar_id: str) -> Calendar:
        """The same as a calendar of the core."""
        ranges = [*self.spans, *self.moments]
        return make_calendar(
            calendar_id,
            timezone=self.zone.key,
            dates=[{"date": day.isoformat(), "label": f"day {day}"} for day in sorted(self.days)],
            ranges=[
                {"from": a.isoformat(), "to": b.isoformat(), "label": f"range {n}"} for n, (a, b) in enumerate(ranges)
            ],
            windows=[
                {"expression": expression, "duration": d, "label": f"window {n}"}
                for n, (_, expression, d) in enumerate(self.windows)
            ],
        )


def closed(moment: datetime, skip: Sequence[WallCalendar], only: Sequence[WallCalendar]) -> bool:
    """Whether a slot at that moment must not start."""
    return any(c.holds(moment) for c in skip) or bool(only and not any(c.holds(moment) for c in only))


def ics(*events: Mapping[str, str] | str) -> bytes:
    """An iCalendar file of events; a key may carry parameters (``DTSTART;TZID=Europe/Berlin``)."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN"]
    for number, event in enumerate(events):
        if isinstance(event, str):
            lines.append(event)
            continue
        lines += ["BEGIN:VEVENT", f"UID:{number}", *(f"{key}:{value}" for key, value in event.items()), "END:VEVENT"]
    return ("\r\n".join([*lines, "END:VCALENDAR"]) + "\r\n").encode()
