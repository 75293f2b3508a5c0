"""Calendars: the times in which jobs are skipped, or in which alone they run."""

from tasks_service.api.endpoint import Answer, Ask, endpoint
from tasks_service.api.shapes.base import Listing, whole
from tasks_service.api.shapes.calendars import CalendarShape


@endpoint()
def listed(ask: Ask) -> Answer[Listing[CalendarShape]]:
    """List the calendars that are in force, with their entries of the next year."""
    return Answer(whole(CalendarShape.of(view) for view in ask.panel.calendars.calendars()))


@endpoint(errors=(404,))
def read(ask: Ask, calendar_id: str) -> Answer[CalendarShape]:
    """Read a calendar with its entries of the next year and the jobs that refer to it."""
    return Answer(CalendarShape.of(ask.panel.calendars.calendar(calendar_id)))
