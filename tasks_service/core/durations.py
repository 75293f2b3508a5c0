"""Durations as people write them: ``90s``, ``15m``, ``24h``, ``7d``, ``1h30m`` or ISO 8601."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, TypeAdapter, WithJsonSchema
from pydantic_core import PydanticCustomError

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_SHORT = r"(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+(?:\.\d+)?s)?"
_ISO = r"P(?=T?\d)(?:\d+W|(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?)"
_PART = re.compile(r"(\d+(?:\.\d+)?)([dhms])")
_LONGEST = timedelta(days=36500)
"""No date that is met in practice leaves what a datetime can hold when so much is added or taken away."""
PATTERN = rf"^(?:(?=\d){_SHORT}|{_ISO})$"


def parse_duration(text: str) -> timedelta:
    """Read a duration; raise ``ValueError`` with a sentence where it is none."""
    if not re.fullmatch(PATTERN, text, flags=re.ASCII):
        raise ValueError(f"{text!r} is no duration: write 90s, 15m, 24h, 7d or ISO 8601 (PT15M)")
    try:
        value = _seconds_or_iso(text)
    except (OverflowError, ValueError):
        value = timedelta.max
    if value > _LONGEST:
        raise ValueError(f"{text!r} is longer than any schedule needs")
    return value


def _seconds_or_iso(text: str) -> timedelta:
    if text.startswith("P"):
        return TypeAdapter(timedelta).validate_python(text)
    return timedelta(seconds=sum(float(n) * _UNITS[unit] for n, unit in _PART.findall(text)))


def format_duration(value: timedelta) -> str:
    """The shortest spelling that ``parse_duration`` reads back."""
    whole = value // timedelta(seconds=1)
    if value.microseconds:
        return f"{whole}.{value.microseconds:06d}".rstrip("0") + "s"
    parts = []
    for unit, size in _UNITS.items():
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def _read(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("duration", "a duration is text such as 90s, 15m, 24h or 7d")
    try:
        return parse_duration(value)
    except ValueError as error:
        raise PydanticCustomError("duration", "{reason}", {"reason": str(error)}) from error


Duration = Annotated[
    timedelta,
    BeforeValidator(_read),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": PATTERN,
            "patternErrorMessage": "Write a duration: 90s, 15m, 24h, 7d or ISO 8601 (PT15M).",
            "examples": ["90s", "15m", "24h", "7d"],
        }
    ),
]
