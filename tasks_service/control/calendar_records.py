"""Changes of calendars as the record of a sync and the stream of events keep them."""

from collections.abc import Sequence
from datetime import datetime

from tasks_service.core.calendar_plan import CalendarChange, SettledCalendars
from tasks_service.core.stores import Happening, PlannedAction


def applied_calendars(changes: Sequence[CalendarChange]) -> list[PlannedAction]:
    """The changes that were applied."""
    return [_action(change) for change in changes if not change.held]


def waiting_calendars(changes: Sequence[CalendarChange], settled: SettledCalendars) -> list[PlannedAction]:
    """The changes that wait, and the calendars whose last good version stays in force, as the verb ``keep``."""
    kept = [(settled.wanted[key], reason) for key, reason in sorted(settled.kept.items())]
    return [
        *(_action(change) for change in changes if change.held),
        *(
            PlannedAction(verb="keep", job_id="", calendar_id=c.calendar.calendar_id, origin=str(c.origin), held=reason)
            for c, reason in kept
        ),
    ]


def calendar_happening(change: CalendarChange, now: datetime) -> Happening:
    """A change as an event."""
    data = {"calendar_id": change.calendar_id, "origin": str(change.origin), "jobs": list(change.jobs)}
    return Happening(at=now, kind=f"calendar.{change.verb}d", data=data)


def _action(change: CalendarChange) -> PlannedAction:
    return PlannedAction(
        verb=change.verb,
        job_id="",
        calendar_id=change.calendar_id,
        origin=str(change.origin),
        jobs=change.jobs,
        held=change.held,
    )
