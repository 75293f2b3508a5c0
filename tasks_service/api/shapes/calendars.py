"""Calendars as JSON, and the fires that they leave out."""

from typing import Self

from tasks_service.api.shapes.base import Json, Moment, Shape
from tasks_service.api.shapes.findings import StandingFindingShape
from tasks_service.control.views import CalendarEntryView, CalendarView
from tasks_service.core.coming import SkippedFires


class CalendarEntryShape(Shape):
    """A time of a calendar, from ``begin`` up to but without ``end``."""

    begin: Moment
    end: Moment
    label: str
    whole_days: bool
    words: str
    """How the ledger names it in a reason."""

    @classmethod
    def of(cls, entry: CalendarEntryView) -> Self:
        """An entry of the calendar desk."""
        return cls(begin=entry.begin, end=entry.end, label=entry.label, whole_days=entry.whole_days, words=entry.words)


class CalendarShape(Shape):
    """A calendar that is in force."""

    calendar_id: str
    description: str
    timezone: str
    document: Json
    """As its file holds it."""
    entries: list[CalendarEntryShape]
    """Those of the next year, at most 1,000."""
    more_entries: bool
    jobs: list[str]
    """The jobs that refer to it."""
    origin: str
    """The source that holds it."""
    file: str
    line: int
    revision: str
    applied_at: Moment
    kept: str
    """Why it is the last good version and not what the files say; empty where it is that."""
    problems: list[StandingFindingShape]
    """What is wrong in its file."""

    @classmethod
    def of(cls, view: CalendarView) -> Self:
        """A calendar of the calendar desk."""
        return cls(
            calendar_id=view.calendar_id,
            description=view.manifest.description,
            timezone=view.manifest.zone.key,
            document=view.manifest.given(),
            entries=[CalendarEntryShape.of(entry) for entry in view.entries],
            more_entries=view.more_entries,
            jobs=list(view.jobs),
            origin=view.origin.source,
            file=view.origin.path,
            line=view.origin.line,
            revision=view.revision,
            applied_at=view.applied_at,
            kept=view.kept,
            problems=[StandingFindingShape.standing(problem) for problem in view.problems],
        )


class SkippedFiresShape(Shape):
    """Consecutive fires that a calendar leaves out, and which entry of which calendar."""

    first: Moment
    until: Moment
    count: int
    reason: str

    @classmethod
    def of(cls, skipped: SkippedFires) -> Self:
        """Fires that the core left out."""
        return cls(first=skipped.first, until=skipped.until, count=skipped.count, reason=skipped.reason)
