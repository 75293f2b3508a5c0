"""Crontab expressions with Debian's meaning: five fields or a nickname; cronsim reads the fields."""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Literal

from cronsim import CronSim, CronSimError

from tasks_service.core.cronpattern import YEARS, CronPattern, UnreadableCron, seconds_of_day

NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_FIELDS = {
    "minute": "0 to 59",
    "hour": "0 to 23",
    "day of month": "1 to 31, L for the last day or LW for the last working day",
    "month": "1 to 12 or jan to dec",
    "day of week": "0 to 7 (0 and 7 are Sunday), sun to sat, 5#3 for the third Friday or 5L for the last",
}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_NAMES: tuple[tuple[tuple[str, ...], int], ...] = (((), 0), ((), 0), ((), 1), (_MONTHS, 1), (_WEEKDAYS, 0))
"""The names of each field's values, and the value of the first."""
_RANGE = re.compile(r"(?P<first>[A-Z]{3}|\d{1,2})-(?P<last>[A-Z]{3}|\d{1,2})(?:/(?P<step>\d{1,9}))?", re.ASCII)
_ANY_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


def split(expression: str) -> list[str]:
    """The five fields in capitals, as cronsim reads them rightly: nicknames spelled out, no range wrapped, and none of
    one value with a step, which cronsim takes for an open one. Raises ``UnreadableCron``."""
    text = expression.strip()
    if text.startswith("@"):
        if text.lower() not in NICKNAMES:
            known = ", ".join(NICKNAMES)
            raise UnreadableCron("expression", f"{text!r} is no nickname that is known", f"known are {known}")
        text = NICKNAMES[text.lower()]
    fields = text.upper().split()
    if len(fields) != len(_FIELDS):
        raise UnreadableCron(
            "expression",
            f"{expression!r} has {len(fields)} field{'s' * (len(fields) != 1)}; crontab has five",
            "write minute, hour, day of month, month and day of week, or @daily and the like",
        )
    return [_mapped(field, names, lowest) for field, (names, lowest) in zip(fields, _NAMES, strict=True)]


def restricts_both_days(expression: str) -> bool:
    """Whether day of month and day of week are both given, neither beginning with a star."""
    fields = split(expression)
    return not fields[2].startswith("*") and not fields[4].startswith("*")


@lru_cache(maxsize=512)
def crontab_pattern(expression: str, day_match: Literal["or", "and"] | None) -> CronPattern:
    """The pattern of an expression; raises ``UnreadableCron`` with the field that is at fault."""
    minute, hour, day, month, weekday = fields = split(expression)
    _check_each(fields)
    days = CronSim(f"{minute} {hour} {day} * {weekday}", _ANY_MOMENT)
    months = CronSim(f"* * * {month} *", _ANY_MOMENT).months
    if day_match and "*" not in (day, weekday):
        days.day_and = day_match == "and"

    def matches_date(when: date) -> bool:
        return days.match_day(when)

    return CronPattern(
        years=YEARS,
        months=sorted(months),
        matches_date=matches_date,
        times=seconds_of_day(days.hours, days.minutes, [0]),
        fixed=not minute.startswith("*") and not hour.startswith("*"),
    )


def _check_each(fields: list[str]) -> None:
    for position, (name, allowed) in enumerate(_FIELDS.items()):
        alone = ["*"] * len(_FIELDS)
        alone[position] = fields[position]
        try:
            CronSim(" ".join(alone), _ANY_MOMENT)
        except (CronSimError, ValueError) as error:  # a number with thousands of digits is no CronSimError
            raise UnreadableCron(
                "expression",
                f"the {name} {fields[position].lower()!r} cannot be read",
                f"it takes {allowed}; also lists (1,2), ascending ranges (1-5) and steps (*/5)",
            ) from error


def _mapped(field: str, names: tuple[str, ...], lowest: int) -> str:
    return ",".join(_spelled_out(term, names, lowest) for term in field.split(","))


def _spelled_out(term: str, names: tuple[str, ...], lowest: int) -> str:
    """A range over the end of the week or the year (FRI-MON) as a list, and one of a single value (5-5/2) as that."""
    match = _RANGE.fullmatch(term)
    if not match:
        return term
    first, last = (_number(match[part], names, lowest) for part in ("first", "last"))
    step, size = int(match["step"] or 1), len(names)
    if first is None or last is None or step == 0 or first < last:
        return term
    if first == last:
        return str(first)
    if first > lowest + size - 1:
        return term
    values = range(first, last + size + 1, step)
    return ",".join(str((value - lowest) % size + lowest) for value in values)


def _number(text: str, names: tuple[str, ...], lowest: int) -> int | None:
    if text.isdigit():
        return int(text)
    return names.index(text) + lowest if text in names else None
