"""Sizes of memory and output as people write them: ``512MiB``, ``1GiB``, ``64KiB`` or plain bytes."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

_FACTORS = {"": 1, "B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "KB": 10**3, "MB": 10**6, "GB": 10**9}
_LARGEST = 2**48
"""More than any machine has, and few enough digits for every size to be read back as it is written."""
PATTERN = r"^[0-9]{1,15}(?:B|KiB|MiB|GiB|KB|MB|GB)?$"


def parse_size(text: str) -> int:
    """Bytes; raise ``ValueError`` with a sentence where the text is no size."""
    if not re.fullmatch(PATTERN, text):
        raise ValueError(f"{text!r} is no size: write 512MiB, 1GiB or a number of bytes")
    number = text.rstrip("BKMGi")
    return _bounded(int(number) * _FACTORS[text[len(number) :]])


def format_size(value: int) -> str:
    """The shortest exact spelling with a binary unit."""
    for unit in ("GiB", "MiB", "KiB"):
        if value and value % _FACTORS[unit] == 0:
            return f"{value // _FACTORS[unit]}{unit}"
    return f"{value}B"


def about(value: float) -> str:
    """Bytes with a binary unit, as people say them."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(value) < 1024 or unit == "GiB":
            break
        value /= 1024
    return f"{value:.0f} {unit}" if unit == "B" or value >= 10 or value == round(value) else f"{value:.1f} {unit}"


def _bounded(value: int) -> int:
    if value > _LARGEST:
        raise ValueError(f"a size is at most {format_size(_LARGEST)}")
    return value


def _read(value: Any) -> Any:
    try:
        if isinstance(value, str):
            return parse_size(value)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return _bounded(value)
    except ValueError as error:
        raise PydanticCustomError("size", "{reason}", {"reason": str(error)}) from error
    raise PydanticCustomError("size", "a size is text such as 512MiB, or a number of bytes")


Size = Annotated[
    int,
    BeforeValidator(_read),
    PlainSerializer(format_size, return_type=str),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "pattern": PATTERN}, {"type": "integer", "minimum": 0, "maximum": _LARGEST}],
            "examples": ["512MiB", "1GiB"],
        }
    ),
]
