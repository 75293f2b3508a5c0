"""When a cron schedule fires, found by looking at every minute. Slow, plain, and independent of the core.

It reads cron strings by itself: crontab with Debian's meaning, and APScheduler's fields. Nothing here is taken from the
service; what both know is the time zone database.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
_MARGIN = timedelta(hours=3)
"""No clock that is looked at is put back by more."""
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
SUNDAY_FIRST = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
MONDAY_FIRST = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}

DayTest = Callable[[date], bool]


class Unreadable(Exception):
    """The string means nothing."""


@dataclass(frozen=True)
class Wall:
    """A cron schedule as sets and a test of days. ``fixed`` is no pace."""

    minutes: frozenset[int]
    hours: frozenset[int]
    on_day: DayTest
    fixed: bool
    seconds: tuple[int, ...] = (0,)

    def shows(self, wall: datetime) -> bool:
        """Whether it fires in this minute of the clock on the wall."""
        return wall.minute in self.minutes and wall.hour in self.hours and self.on_day(wall.date())


# --- crontab --------------------------------------------------------------------------------------------------------


def crontab(expression: str, day_match: str | None = None) -> Wall:
    """Five fields or a nickname, as Debian's cron reads them, with L, LW, # and names as the service documents."""
    words = NICKNAMES.get(expression.strip().lower(), expression).lower().split()
    if len(words) != 5 or words[0].startswith("@"):
        raise Unreadable(expression)
    minute, hour, day, month, weekday = words
    in_month, in_week = _month_day(day), _weekday(weekday)
    months = _union(month, lambda term: _term(term, 1, 12, names=MONTHS, wraps=True))
    both = day.startswith("*") or weekday.startswith("*")
    if day_match and day != "*" and weekday != "*":
        both = day_match == "and"

    def on_day(when: date) -> bool:
        if when.month not in months:
            return False
        return (in_month(when) and in_week(when)) if both else (in_month(when) or in_week(when))

    return Wall(
        minutes=_union(minute, lambda term: _term(term, 0, 59)),
        hours=_union(hour, lambda term: _term(term, 0, 23)),
        on_day=on_day,
        fixed=minute[0] != "*" and hour[0] != "*",
    )


def _union(field: str, read: Callable[[str], Iterable[int]]) -> frozenset[int]:
    return frozenset(value for term in field.split(",") for value in read(term))


def _number(text: str, low: int, high: int, names: Sequence[str] = (), first: int = 0) -> int:
    if text in names:
        return names.index(text) + first
    if not re.fullmatch(r"[0-9]+", text) or not low <= int(text) <= high:
        raise Unreadable(text)
    return int(text)


def _term(term: str, low: int, high: int, *, names: Sequence[str] = (), wraps: bool = False) -> list[int]:
    """``*``, ``5``, ``1-5``, each with ``/2``; a step behind one number runs to the end. Months and weekdays wrap."""
    span, slash, step_text = term.partition("/")
    step = _number(step_text, 1, 10**9) if slash else 1
    if span == "*":
        return list(range(low, high + 1))[::step]
    begin_text, dash, end_text = span.partition("-")
    begin = _number(begin_text, low, high, names, low)
    end = _number(end_text, low, high, names, low) if dash else (high if slash else begin)
    if end >= begin:
        return list(range(begin, end + 1))[::step]
    if not wraps:
        raise Unreadable(term)
    around = [*range(begin, low + len(names)), *range(low, end + 1)]
    if begin >= low + len(names):
        raise Unreadable(term)
    return around[::step]


def _month_day(field: str) -> DayTest:
    days: set[int] = set()
    last = last_working = False
    for term in field.split(","):
        plain = term.partition("/")[0] if re.fullmatch(r"lw?/[1-9][0-9]*", term) else term
        last, last_working = last or plain == "l", last_working or plain == "lw"
        if plain not in ("l", "lw"):
            days |= set(_term(term, 1, 31))

    def on(when: date) -> bool:
        ends = monthrange(when.year, when.month)[1]
        if when.day in days or (last and when.day == ends):
            return True
        if not last_working or when.weekday() > 4:
            return False
        return all(date(when.year, when.month, later).weekday() > 4 for later in range(when.day + 1, ends + 1))

    return on


def _weekday(field: str) -> DayTest:
    """Sunday is 0 and 7; ``5#3`` is the third Friday, ``5l`` the last."""
    days: set[int] = set()
    placed: set[tuple[int, int]] = set()
    for term in field.split(","):
        if match := re.fullmatch(r"([0-7])l", term):
            placed.add((int(match[1]) % 7, 0))
        elif match := re.fullmatch(r"([0-7]|[a-z]{3})#([0-9]+)", term):
            placed.add((_number(match[1], 0, 7, SUNDAY_FIRST) % 7, _number(match[2], 1, 5)))
        else:
            days |= {value % 7 for value in _term(term, 0, 7, names=SUNDAY_FIRST, wraps=True)}

    def on(when: date) -> bool:
        weekday = when.isoweekday() % 7
        last = when.day + 7 > monthrange(when.year, when.month)[1]
        return weekday in days or (weekday, (when.day - 1) // 7 + 1) in placed or (last and (weekday, 0) in placed)

    return on


# --- APScheduler's fields -------------------------------------------------------------------------------------------

_ORDER = ("year", "month", "day", "week", "day_of_week", "hour", "minute", "second")
_SPANS = {
    "year": (1970, 9998),
    "month": (1, 12),
    "day": (1, 31),
    "week": (1, 53),
    "day_of_week": (0, 6),
    "hour": (0, 23),
    "minute": (0, 59),
    "second": (0, 59),
}
_PLACES = ["1st", "2nd", "3rd", "4th", "5th"]


def by_fields(given: Mapping[str, str], day_match: str | None = None) -> Wall:
    """Omitted fields are every value above the last given one, and the lowest below it; weekdays count from Monday."""
    last = max(_ORDER.index(name) for name in given)
    lowest = {name: str(_SPANS[name][0]) for name in ("month", "day", "hour", "minute", "second")}
    fields = {n: given.get(n, "*" if i < last else lowest.get(n, "*")).lower() for i, n in enumerate(_ORDER)}
    sets = {name: _field(name, text) for name, text in fields.items() if name != "day"}
    in_month = _field_day(fields["day"])
    either = day_match == "or" and fields["day"] != "*" and fields["day_of_week"] != "*"

    def on_day(when: date) -> bool:
        in_week = when.weekday() in sets["day_of_week"]
        meant = (in_month(when) or in_week) if either else (in_month(when) and in_week)
        dated = when.year in sets["year"] and when.month in sets["month"]
        return meant and dated and when.isocalendar()[1] in sets["week"]

    return Wall(
        minutes=sets["minute"],
        hours=sets["hour"],
        seconds=tuple(sorted(sets["second"])),
        on_day=on_day,
        fixed=all(fields[name][0] != "*" for name in ("hour", "minute", "second")),
    )


def _field(name: str, text: str) -> frozenset[int]:
    low, high = _SPANS[name]
    names = {"month": MONTHS, "day_of_week": MONDAY_FIRST}.get(name, ())
    return _union(text, lambda term: _term(term.strip(), low, high, names=names))


def _field_day(text: str) -> DayTest:
    tests = [_field_day_term(term.strip()) for term in text.split(",")]
    return lambda when: any(test(when) for test in tests)


def _field_day_term(term: str) -> DayTest:
    if term == "last":
        return lambda when: (when + timedelta(days=1)).month != when.month
    if match := re.fullmatch(r"(\w+) +([a-z]{3})", term):
        weekday = MONDAY_FIRST.index(match[2])
        if match[1] == "last":
            return lambda when: when.weekday() == weekday and (when + timedelta(days=7)).month != when.month
        place = _PLACES.index(match[1])
        return lambda when: when.weekday() == weekday and place * 7 < when.day <= place * 7 + 7
    days = frozenset(_term(term, 1, 31))
    return lambda when: when.day in days


# --- fires ----------------------------------------------------------------------------------------------------------


def minutes_between(after: datetime, until: datetime) -> list[datetime]:
    """Whole minutes in ``(after, until]``."""
    minute = after.replace(second=0, microsecond=0)
    found = []
    while (minute := minute + MINUTE) <= until:
        found.append(minute)
    return found


@dataclass(frozen=True)
class Stretch:
    """A piece of time in one zone, looked at minute by minute. One look serves any number of schedules."""

    after: datetime
    until: datetime
    lived: list[tuple[datetime, datetime]]
    """Each minute in UTC, and what the clock on the wall shows."""
    shown: list[tuple[datetime, list[datetime], datetime]]
    """Each minute that a clock could show, the minutes at which it does, and when it runs if it does not."""

    @classmethod
    def of(cls, zone: ZoneInfo, after: datetime, until: datetime) -> "Stretch":
        """Look at every minute in ``(after, until]``."""
        lived = [
            (minute, minute.astimezone(zone).replace(tzinfo=None, fold=0))
            for minute in minutes_between(after - _MARGIN, until + _MARGIN)
        ]
        at: dict[datetime, list[datetime]] = {}
        for minute, reading in lived:
            at.setdefault(reading, []).append(minute)
        walls = minutes_between(min(at), max(at))
        ahead = max(at.values())[0] + MINUTE
        shown = []
        for wall in reversed(walls):
            ahead = at[wall][0] if wall in at else ahead
            shown.append((wall, at.get(wall, []), ahead))
        return cls(after, until, lived, shown[::-1])

    def fires(self, wall: Wall, *, gap: str = "after", fold: str = "first") -> list[datetime]:
        """The fires in ``(after, until]``."""
        found: set[datetime] = set()
        if not wall.fixed:
            for minute, reading in self.lived:
                if wall.shows(reading):
                    found |= {minute + second * SECOND for second in wall.seconds}
        else:
            for reading, minutes, jump in self.shown:
                if not wall.shows(reading):
                    continue
                for minute in minutes if fold == "both" else minutes[:1]:
                    found |= {minute + second * SECOND for second in wall.seconds}
                if not minutes and gap == "after":
                    found.add(jump)
        return sorted(fire for fire in found if self.after < fire <= self.until)


def expected_fires(
    wall: Wall, zone: ZoneInfo, after: datetime, until: datetime, *, gap: str = "after", fold: str = "first"
) -> list[datetime]:
    """The fires in ``(after, until]``."""
    return Stretch.of(zone, after, until).fires(wall, gap=gap, fold=fold)


def clock_changes(zone: ZoneInfo, year: int) -> list[datetime]:
    """The first whole hour after each change of the offset in a year."""
    hour = datetime(year, 1, 1, tzinfo=UTC)
    found = []
    while hour.year == year:
        upcoming = hour + timedelta(hours=1)
        if hour.astimezone(zone).utcoffset() != upcoming.astimezone(zone).utcoffset():
            found.append(upcoming)
        hour = upcoming
    return found
