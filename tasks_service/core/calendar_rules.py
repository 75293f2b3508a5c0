"""What is wrong with a calendar beyond its form, and with what jobs refer to."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from tasks_service.core.calendar import LONGEST_WINDOW, CalendarManifest
from tasks_service.core.calendar_entries import range_of
from tasks_service.core.diagnostics import Finding, Loc
from tasks_service.core.schedule import ScheduleDocument
from tasks_service.core.schedule_rules import schedule_findings
from tasks_service.core.suggestion import did_you_mean


def calendar_findings(calendar: CalendarManifest, now: datetime) -> list[Finding]:
    """All findings about a calendar whose form is right."""
    findings = [*_range_findings(calendar), *_window_findings(calendar, now)]
    if not (calendar.dates or calendar.ranges or calendar.windows or calendar.ical):
        findings.append(
            Finding(
                rule="JM055",
                message=f"calendar {calendar.calendar_id!r} has no entry",
                hint="give it dates, ranges, windows or ical: a job that runs only during it never runs",
                severity="warning",
                loc=("calendar_id",),
            )
        )
    return findings


def _range_findings(calendar: CalendarManifest) -> Iterable[Finding]:
    for index, item in enumerate(calendar.ranges):
        begin, end = range_of(item.from_, item.to, calendar.zone)
        if end <= begin:
            yield Finding(
                rule="JM054",
                message=f"ranges[{index}] ends before it begins",
                hint="a day as its end belongs to the range; a time does not",
                loc=("ranges", index, "to"),
            )


def _window_findings(calendar: CalendarManifest, now: datetime) -> Iterable[Finding]:
    for index, window in enumerate(calendar.windows):
        place = ("windows", index)
        if not window.duration:
            yield Finding(rule="JM012", message="a window lasts at least an instant", loc=(*place, "duration"))
        if window.duration > LONGEST_WINDOW:
            told = f"a window lasts at most {LONGEST_WINDOW.days} days"
            yield Finding(rule="JM012", message=told, hint="use ranges", loc=(*place, "duration"))
        schedule = window.schedule(calendar.zone.key)
        yield from (replace(f, loc=(*place, *f.loc)) for f in schedule_findings(schedule, now, by_api=False))


def unknown_calendars(schedule: ScheduleDocument, known: Mapping[str, str]) -> list[Finding]:
    """The references of a schedule that lead nowhere, with places relative to it.

    ``known`` holds the names of the calendars by their key.
    """
    return [
        Finding(
            rule="JM051",
            message=f"calendar {name!r} is not known",
            hint=did_you_mean(name, known.values()) or _listed(known),
            loc=loc,
        )
        for loc, name in references(schedule).items()
        if name.lower() not in known
    ]


def references(schedule: ScheduleDocument) -> dict[Loc, str]:
    """The names of calendars in a schedule, by their place in it."""
    given = {"skip_during": schedule.skip_during, "only_during": schedule.only_during}
    return {(key, index): name for key, names in given.items() for index, name in enumerate(names)}


def _listed(known: Mapping[str, str]) -> str:
    if not known:
        return "there is none: a calendar is a document with kind: calendar and a calendar_id"
    return f"known calendars: {', '.join(sorted(known.values())[:20])}"
