"""The contract of the calendar store."""

from datetime import timedelta

from builders import NOW, at, make_origin
from calendar_builders import CHRISTMAS, make_calendar

from tasks_service.core.calendar import Calendar, CalendarEvent
from tasks_service.core.calendar_plan import CalendarChange
from tasks_service.core.stores import Stores

LATER = NOW + timedelta(hours=1)
EVENT = CalendarEvent(
    begin=at("2026-12-24 23:00"), end=at("2026-12-25 23:00"), label="Weihnachten – é", whole_days=True
)


def change(verb: str, calendar: Calendar, revision: str = "r1") -> CalendarChange:
    return CalendarChange(
        verb=verb,  # type: ignore[arg-type]
        calendar=calendar,
        origin=make_origin("cal.yaml", line=3),
        revision=revision,
        jobs=("nightly",),
    )


def test_a_calendar_is_read_back_as_it_was_applied(stores: Stores) -> None:
    calendar = make_calendar(
        timezone="Europe/Berlin",
        dates=[CHRISTMAS],
        ranges=[{"from": "2026-12-24", "to": "2026-12-31T18:00:00", "label": "Freeze"}],
        windows=[{"expression": "0 22 1 * mon", "day_match": "or", "duration": "8h", "label": "Night"}],
        ical=["de.ics"],
        events=[EVENT],
    )
    stores.calendars.apply([change("create", calendar)], NOW)

    (applied,) = stores.calendars.all()
    assert applied.calendar == calendar
    assert (str(applied.origin), applied.origin.source) == ("cal.yaml:3", "directory")
    assert (applied.revision, applied.applied_at) == ("r1", NOW)


def test_calendars_are_replaced_and_deleted_by_name_ignoring_case(stores: Stores) -> None:
    stores.calendars.apply([change("create", make_calendar("Alpha")), change("create", make_calendar("beta"))], NOW)
    stores.calendars.apply(
        [change("update", make_calendar("ALPHA", dates=[CHRISTMAS]), "r2"), change("delete", make_calendar("beta"))],
        LATER,
    )

    (left,) = stores.calendars.all()
    assert (left.calendar.calendar_id, left.revision, left.applied_at) == ("ALPHA", "r2", LATER)
    assert left.calendar.manifest.dates[0].label == "Christmas Day"


def test_no_change_writes_nothing(stores: Stores) -> None:
    stores.calendars.apply([], NOW)

    assert stores.calendars.all() == []
