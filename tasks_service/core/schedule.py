"""The schedule of a job as it is written: cron, interval or date.

These are the documents; when they fire is computed by ``firing``.
"""

import re
from datetime import datetime, timedelta
from functools import cache
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from tasks_service.core.cronpattern import YEARS
from tasks_service.core.document import Document, meanings
from tasks_service.core.durations import Duration
from tasks_service.core.names import CalendarIds
from tasks_service.core.offsets import local_to_utc

CRON_FIELDS = ("year", "month", "day", "week", "day_of_week", "hour", "minute", "second")
ISO_FORM = re.compile(r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$")


def _read_moment(value: Any) -> Any:
    moment = value if isinstance(value, datetime) else parsed_moment(value)
    if moment is None:
        raise PydanticCustomError(
            "moment", "a date or time is ISO 8601, such as 2026-12-24 or 2026-12-24T18:00:00+01:00"
        )
    if moment.year not in YEARS:
        raise PydanticCustomError(
            "moment", "a date lies between the years {first} and {last}", {"first": YEARS[0], "last": YEARS[-1]}
        )
    return moment


def parsed_moment(value: Any) -> datetime | None:
    """Read ISO 8601 text; None where it is none."""
    if not (isinstance(value, str) and ISO_FORM.match(value)):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


Moment = Annotated[
    datetime,
    BeforeValidator(_read_moment),
    PlainSerializer(datetime.isoformat, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": ISO_FORM.pattern,
            "patternErrorMessage": "Write ISO 8601: 2026-12-24 or 2026-12-24T18:00:00+01:00.",
            "examples": ["2026-12-24", "2026-12-24T18:00:00+01:00"],
        }
    ),
]
"""A point in time; without an offset it is local to the schedule's zone."""


@cache
def zones() -> frozenset[str]:
    """The names of all IANA time zones. Listing them reads a folder, so it is done once."""
    return frozenset(available_timezones())


def _known_zone(name: str) -> str:
    if name not in zones():
        raise PydanticCustomError("timezone", "{name} is no IANA time zone", {"name": repr(name)})
    return name


Zone = Annotated[str, AfterValidator(_known_zone), Field(examples=["Europe/Berlin", "UTC"])]


class Dst(Document):
    """What happens to fixed times at a change of the clocks."""

    gap: Annotated[Literal["after", "skip"], meanings("It runs right after the jump.", "It is skipped that day.")] = (
        "after"
    )
    """A time that the jump leaves out runs right after it, or is skipped."""
    fold: Annotated[Literal["first", "both"], meanings("It runs the first time.", "It runs both times.")] = "first"
    """A time that the clocks show twice runs the first time only, or both times."""


class ScheduleDocument(Document):
    """What all schedules share."""

    timezone: Zone | None = None
    """IANA time zone; the default is TASKS_TIMEZONE, else UTC, never the host's."""
    start_date: Moment | None = None
    """No fire before this time."""
    end_date: Moment | None = None
    """No fire after this time."""
    jitter: Annotated[int, Field(ge=0, le=86400)] | None = None
    """Delays each start by a random time of up to this many seconds; the due time stays exact."""
    spread: Duration | None = None
    """Delays each start by a stable share of this time, so that many jobs do not start together."""
    skip_during: CalendarIds = ()
    """Calendars: a fire inside one of their entries is skipped. A manual run passes."""
    only_during: CalendarIds = ()
    """Calendars: a fire outside all of their entries is skipped. A manual run passes."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone the schedule is read in."""
        return ZoneInfo(self.timezone or "UTC")

    def moment(self, value: datetime) -> datetime:
        """A moment of this schedule in UTC; one that the local clock leaves out is the end of the gap."""
        return local_to_utc(value, self.zone)


CronField = Annotated[int | str, Field(union_mode="left_to_right")]


class Cron(ScheduleDocument):
    """Fires at wall-clock times."""

    trigger: Literal["cron"]
    expression: str | None = None
    """Crontab with five fields, or @hourly, @daily, @midnight, @weekly, @monthly, @yearly. 0 and 7 are Sunday."""
    year: CronField | None = None
    month: CronField | None = None
    day: CronField | None = None
    week: CronField | None = None
    day_of_week: CronField | None = None
    hour: CronField | None = None
    minute: CronField | None = None
    second: CronField | None = None
    day_match: Annotated[Literal["or", "and"], meanings("Either will do, as in crontab.", "Both at once.")] | None = (
        None
    )
    """Needed where day of month and day of week are both restricted: either, or both at once."""
    dst: Dst = Field(default_factory=Dst)

    @property
    def fields(self) -> dict[str, str]:
        """APScheduler's fields as far as they are given."""
        return {name: str(value) for name in CRON_FIELDS if (value := getattr(self, name)) is not None}

    @model_validator(mode="after")
    def _one_notation(self) -> Self:
        if self.expression is not None and self.fields:
            raise PydanticCustomError(
                "exclusive",
                "expression and the fields ({fields}) exclude each other",
                {"fields": ", ".join(self.fields)},
            )
        if self.expression is None and not self.fields:
            raise PydanticCustomError("missing_notation", "a cron schedule needs an expression or at least one field")
        return self


class Interval(ScheduleDocument):
    """Fires at a fixed pace, anchored to the Unix epoch or to ``start_date``."""

    trigger: Literal["interval"]
    weeks: Annotated[int, Field(ge=0, le=5200)] = 0
    days: Annotated[int, Field(ge=0, le=36500)] = 0
    hours: Annotated[int, Field(ge=0, le=876000)] = 0
    minutes: Annotated[int, Field(ge=0, le=52560000)] = 0
    seconds: Annotated[int, Field(ge=0, le=3153600000)] = 0

    @property
    def period(self) -> timedelta:
        """The time between two fires."""
        return timedelta(weeks=self.weeks, days=self.days, hours=self.hours, minutes=self.minutes, seconds=self.seconds)

    @model_validator(mode="after")
    def _at_least_a_second(self) -> Self:
        if self.period < timedelta(seconds=1):
            raise PydanticCustomError("interval_too_short", "an interval is at least one second")
        return self


class Date(ScheduleDocument):
    """Fires once."""

    trigger: Literal["date"]
    run_date: Moment
    """The one time to run at."""


Schedule = Annotated[Cron | Interval | Date, Field(discriminator="trigger")]
