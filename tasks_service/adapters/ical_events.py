"""iCalendar files as plain occurrences: the one door to icalendar and recurring_ical_events."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from tasks_service.core.calendar import CalendarEvent
from tasks_service.core.offsets import local_to_utc
from tasks_service.core.ports import UnreadableEvents

MAX_EVENTS = 20_000
"""More occurrences than this are refused: no list of holidays is so long."""
_SLOW = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_FINE = ("BYHOUR", "BYMINUTE", "BYSECOND")


class IcalEvents:
    """Implements ``EventText``."""

    def read(self, data: bytes, zone: ZoneInfo, years: range) -> tuple[CalendarEvent, ...]:
        """The occurrences that touch these years, by their beginning; raises ``UnreadableEvents``."""
        try:
            calendar = Calendar.from_ical(data)
            if calendar.name != "VCALENDAR":
                raise UnreadableEvents(f"it begins with {calendar.name}, not with VCALENDAR")
            for component in calendar.walk("VEVENT"):
                _check(component)
            found = _occurrences(calendar, zone, years)
        except UnreadableEvents:
            raise
        except Exception as error:
            raise UnreadableEvents(f"it is no iCalendar file: {_first_line(error)}", "export it again") from error
        return tuple(sorted(found, key=lambda e: (e.begin, e.end, e.label)))


def _check(component: Any) -> None:
    """Refuse what the libraries would pass over or guess, and what never ends."""
    name = f"event {str(component.get('SUMMARY') or component.get('UID') or '')[:60]!r}"
    for key, message in component.errors:
        raise UnreadableEvents(f"{name}: {key} cannot be read: {message}")
    if "DTSTART" not in component:
        raise UnreadableEvents(f"{name} has no DTSTART")
    begin = component["DTSTART"]
    for key in ("DTSTART", "DTEND"):
        _check_zone(name, key, component.get(key))
    if "DTEND" in component and _comparable(component["DTEND"].dt) < _comparable(begin.dt):
        raise UnreadableEvents(f"{name} ends before it begins")
    for rule in _listed(component.get("RRULE")):
        frequency = str((rule.get("FREQ") or [""])[0])
        if frequency not in _SLOW or any(len(rule.get(part) or []) > 1 for part in _FINE):
            raise UnreadableEvents(
                f"{name} repeats more often than once a day",
                "use windows of the calendar for what comes several times a day",
            )


def _check_zone(name: str, key: str, value: Any) -> None:
    zone = value.params.get("TZID") if value is not None else None
    if zone and isinstance(value.dt, datetime) and value.dt.tzinfo is None:
        raise UnreadableEvents(f"{name}: {key} is in the time zone {zone!r}, which is not known")


def _occurrences(calendar: Any, zone: ZoneInfo, years: range) -> set[CalendarEvent]:
    """Year by year, so that a rule without an end is noticed before it fills the memory."""
    query = recurring_ical_events.of(calendar, components=["VEVENT"])
    found: set[CalendarEvent] = set()
    for year in years:
        within = datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
        found.update(_events(query.between(*within), zone))
        if len(found) > MAX_EVENTS:
            raise UnreadableEvents(f"it holds more than {MAX_EVENTS} occurrences up to {year}", "split the file")
    return found


def _events(components: Iterable[Any], zone: ZoneInfo) -> Iterator[CalendarEvent]:
    """Cancelled events and those without any duration say nothing."""
    for component in components:
        begin, end = component.start, component.end
        if str(component.get("STATUS", "")).upper() == "CANCELLED":
            continue
        whole = not isinstance(begin, datetime)
        label = " ".join(str(component.get("SUMMARY") or "without a title").split())[:200]
        event = CalendarEvent(begin=_utc(begin, zone), end=_utc(end, zone), label=label, whole_days=whole)
        if event.begin < event.end:
            yield event


def _utc(value: date, zone: ZoneInfo) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return local_to_utc(moment, zone)


def _comparable(value: date) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _listed(rules: Any) -> list[Any]:
    return rules if isinstance(rules, list) else [rules] if rules else []


def _first_line(error: Exception) -> str:
    told = " ".join(str(error).split())
    return f"{told[:160]}…" if len(told) > 160 else told or type(error).__name__
