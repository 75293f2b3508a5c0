"""The calendar: dates, ranges, windows and iCalendar files, as a document holds them and as jobs are judged by them."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, PlainSerializer, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from tasks_service.core.cronpattern import YEARS
from tasks_service.core.document import Document, canonical, meanings
from tasks_service.core.durations import Duration
from tasks_service.core.names import CalendarId, Names
from tasks_service.core.schedule import ISO_FORM, Cron, Zone, parsed_moment

KIND = "calendar"
"""The value of ``kind`` that tells a calendar from a job."""
LONGEST_WINDOW = timedelta(days=366)
_DATE_FORM = r"^\d{4}-\d{2}-\d{2}$"


def _read_edge(value: Any) -> Any:
    """A date alone stays a date: as the end of a range it means the whole day."""
    moment = value if isinstance(value, date) else parsed_moment(value)
    if moment is None:
        raise PydanticCustomError("moment", "a date or time is ISO 8601, such as 2026-12-24 or 2026-12-24T18:00:00")
    if moment.year not in YEARS:
        raise PydanticCustomError(
            "moment", "a date lies between the years {first} and {last}", {"first": YEARS[0], "last": YEARS[-1]}
        )
    return moment.date() if isinstance(value, str) and isinstance(moment, datetime) and len(value) == 10 else moment


def _read_day(value: Any) -> Any:
    day = _read_edge(value)
    if isinstance(day, datetime):
        raise PydanticCustomError("day", "a date is a whole day, such as 2026-12-25; a part of a day is a range")
    return day


Day = Annotated[
    date,
    BeforeValidator(_read_day),
    PlainSerializer(date.isoformat, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": _DATE_FORM,
            "patternErrorMessage": "Write a date: 2026-12-25.",
            "examples": ["2026-12-25"],
        }
    ),
]
"""A whole day on the clock of the calendar's zone."""
Edge = Annotated[
    datetime | date,
    BeforeValidator(_read_edge),
    PlainSerializer(lambda edge: edge.isoformat(), return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": ISO_FORM.pattern,
            "patternErrorMessage": "Write a date (2026-12-24) or a time (2026-12-24T18:00:00).",
            "examples": ["2026-12-24", "2026-12-24T18:00:00"],
        }
    ),
]
"""A date, or a time; a time without an offset is local to the calendar's zone."""
Label = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class CalendarDate(Document):
    """One whole day."""

    date: Day
    label: Label
    """What the ledger names as the reason."""


class CalendarRange(Document):
    """Consecutive days, or a time from one moment up to another."""

    from_: Annotated[Edge, Field(alias="from")]
    """The first day or moment."""
    to: Edge
    """The last day, which belongs to the range, or the moment at which it is over."""
    label: Label
    """What the ledger names as the reason."""


class CalendarWindow(Document):
    """A time that comes again: it begins as a cron schedule fires and lasts for a duration."""

    expression: str
    """Crontab with five fields, or @daily and the like: when it begins."""
    duration: Duration
    """How long it lasts, in real time, at most 366 days."""
    label: Label
    """What the ledger names as the reason."""
    day_match: Annotated[Literal["or", "and"], meanings("Either will do, as in crontab.", "Both at once.")] | None = (
        None
    )
    """Needed where day of month and day of week are both restricted: either, or both at once."""

    def schedule(self, timezone: str) -> Cron:
        """The fires that begin it, read as those of a job."""
        days = {"day_match": self.day_match} if self.day_match else {}
        return Cron.model_validate({"trigger": "cron", "expression": self.expression, "timezone": timezone, **days})


class CalendarManifest(Document):
    """A calendar: times in which jobs that refer to it are skipped, or in which alone they run."""

    kind: Literal["calendar"]
    calendar_id: CalendarId
    """Unique over all sources, ignoring case."""
    description: Annotated[str, StringConstraints(max_length=2000)] = ""
    timezone: Zone | None = None
    """IANA time zone in which days and local times are meant; the default is TASKS_TIMEZONE, else UTC."""
    dates: list[CalendarDate] = Field(default_factory=list)
    """Whole days."""
    ranges: list[CalendarRange] = Field(default_factory=list)
    """Consecutive days, or times from one moment to another."""
    windows: list[CalendarWindow] = Field(default_factory=list)
    """Times that come again."""
    ical: Names = Field(default_factory=list)
    """iCalendar files (.ics), relative to this file, inside the directory of manifests."""

    @property
    def key(self) -> str:
        """The calendar_id as it is compared: case does not count."""
        return self.calendar_id.lower()

    @property
    def zone(self) -> ZoneInfo:
        """The zone it is read in."""
        return ZoneInfo(self.timezone or "UTC")

    def given(self) -> dict[str, Any]:
        """The document as plain JSON, without the keys that are absent."""
        return self.model_dump(mode="json", exclude_none=True, by_alias=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """One occurrence in an iCalendar file: from ``begin`` up to but without ``end``, in UTC."""

    begin: datetime
    end: datetime
    label: str
    whole_days: bool
    """It was given in days and not in times."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Calendar:
    """A calendar as jobs are judged by it: the document, and what its iCalendar files hold. Equal by digest."""

    manifest: CalendarManifest
    events: tuple[CalendarEvent, ...] = ()

    @property
    def calendar_id(self) -> str:
        """Its name."""
        return self.manifest.calendar_id

    @property
    def key(self) -> str:
        """The name as it is compared."""
        return self.manifest.key

    @cached_property
    def digest(self) -> str:
        """Hash of all that decides: equal for calendars that mean the same."""
        events = [asdict(event) | {"begin": str(event.begin), "end": str(event.end)} for event in self.events]
        return hashlib.sha256(canonical([self.manifest.given(), events]).encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Calendar) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


def by_key(calendars: Sequence[Calendar]) -> dict[str, Calendar]:
    """Calendars by the name as it is compared."""
    return {calendar.key: calendar for calendar in calendars}
