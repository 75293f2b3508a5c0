"""A schedule in words, for people who do not read cron."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cron_descriptor import FormatError, Options, get_description

from tasks_service.core.cronfields import WEEKDAYS, completed, weekday_names
from tasks_service.core.crontab import split
from tasks_service.core.durations import format_duration
from tasks_service.core.schedule import Cron, Date, Interval, Schedule

_UNITS = {"week": 604800, "day": 86400, "hour": 3600, "minute": 60, "second": 1}
_PLACED = re.compile(r"(1st|2nd|3rd|4th|5th|last) +([a-z]{3})")


def in_utc(moment: datetime) -> str:
    """A moment as a sentence names it: ``2026-11-26 01:43 UTC``."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def in_zone(moment: datetime, zone: ZoneInfo) -> str:
    """A moment on the clock of a zone, and in UTC: ``2026-03-08 03:00 EDT (07:00 UTC)``."""
    local, utc = moment.astimezone(zone), moment.astimezone(UTC)
    text = f"{local:%Y-%m-%d %H:%M:%S}".removesuffix(":00") + f" {local.tzname()}"
    if zone.key == "UTC":
        return text
    day = "" if local.date() == utc.date() else f"{utc:%Y-%m-%d} "
    return f"{text} ({day}{utc:%H:%M} UTC)"


@lru_cache(maxsize=20_000)
def describe(schedule: Schedule) -> str:
    """The schedule in words, with its zone; raises ``UnreadableCron`` for an expression without meaning."""
    words = _core_words(schedule)
    if schedule.start_date:
        words += f", from {_moment_words(schedule, schedule.start_date)}"
    if schedule.end_date:
        words += f", until {_moment_words(schedule, schedule.end_date)}"
    if schedule.spread:
        words += f", started at a moment of its own within {format_duration(schedule.spread)}"
    if schedule.jitter:
        words += f", up to {format_duration(timedelta(seconds=schedule.jitter))} later by chance"
    return words


def _core_words(schedule: Schedule) -> str:
    match schedule:
        case Cron():
            return f"{_cron_words(schedule)} ({schedule.zone.key})"
        case Interval():
            return f"Every {_period_words(schedule.period)}"
        case Date():
            return f"Once, at {_moment_words(schedule, schedule.run_date)} ({schedule.zone.key})"


def _cron_words(schedule: Cron) -> str:
    if schedule.expression is not None:
        minute, hour, day, month, weekday = split(schedule.expression)
        either = schedule.day_match != "and" and not (day.startswith("*") or weekday.startswith("*"))
        return _clock_words(f"0 {minute} {hour}", day, month, weekday, "*", either=either)
    fields = completed(schedule.fields)
    time = " ".join(_compact(fields[name]) for name in ("second", "minute", "hour"))
    day, weekday = _crontab_days(fields["day"].lower(), fields["day_of_week"])
    year, month, week = (_compact(fields[name]) for name in ("year", "month", "week"))
    either = schedule.day_match == "or"
    words = _clock_words(time, day, month, weekday, year, either=either)
    return words if week == "*" else f"{words}, in ISO week {week}"


def _compact(field: str) -> str:
    return "".join(field.split())


def _crontab_days(day: str, weekday: str) -> tuple[str, str]:
    """APScheduler's day and day_of_week as crontab spells them, as far as it can."""
    weekday = _compact(weekday_names(weekday))
    placed = _PLACED.fullmatch(day.strip())
    if placed and weekday == "*":
        place = "L" if placed[1] == "last" else f"#{placed[1][0]}"
        return "*", f"{(WEEKDAYS.index(placed[2]) + 1) % 7}{place}"
    return ("L" if day.strip() == "last" else day), weekday


def _clock_words(time: str, day: str, month: str, weekday: str, year: str, *, either: bool) -> str:
    """The words of each part in cron-descriptor's language, joined as the days are meant."""
    when = _described(f"{time} * * * *") or f"At {time} (second, minute, hour)"
    days = [_part(f"{day} * * *", f"on day {day}"), _part(f"* * {weekday} *", f"on weekday {weekday}")]
    both = [words.removeprefix("only ") for words in days if words]
    parts = [when, (" or " if either else ", and then only ").join(both)]
    parts.append(_part(f"* {month} * {year}", f"in month {month} of year {year}"))
    if when.startswith("At ") and "past" not in when and not any(parts[1:]):
        parts.append("every day")
    return ", ".join(part for part in parts if part)


def _part(rest: str, otherwise: str) -> str:
    """What a part adds to the words of the time alone; ``otherwise`` where cron-descriptor has no words for it."""
    if set(rest.split()) == {"*"}:
        return ""
    words = _described(f"0 0 0 {rest}")
    return words.removeprefix("At 00:00").removeprefix(", ") if words else otherwise


def _described(expression: str) -> str:
    options = Options()
    options.use_24hour_time_format = True
    try:
        return str(get_description(expression, options))
    except (FormatError, ValueError):
        return ""


def _period_words(period: timedelta) -> str:
    """``15 minutes``, ``hour``, ``1 day and 12 hours``."""
    rest = int(period.total_seconds())
    parts = []
    for unit, size in _UNITS.items():
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}{'s' * (count != 1)}")
    return parts[0].removeprefix("1 ") if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _moment_words(schedule: Schedule, moment: datetime) -> str:
    local = schedule.moment(moment).astimezone(schedule.zone)
    return f"{local:%Y-%m-%d %H:%M:%S}".removesuffix(":00")
