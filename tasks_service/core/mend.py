"""Mends: what was certainly meant where a document is wrong.

Certain is a word within one slip of the pen of exactly one known word, and a value that is right but for its quotes.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic_core import ErrorDetails

_BOOLEANS = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,18})(?:\.\d{1,18})?")
_SHORTEST_WORD = 4
"""Shorter words are one slip away from too many others."""


@dataclass(frozen=True, slots=True)
class Mend:
    """The key or value that is meant."""

    value: str | bool | int | float
    in_quotes: bool = False
    """The value as it is written, only that it is text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A change that was made, or would be, in a file. ``rule`` is empty where nothing was wrong."""

    rule: str
    message: str
    path: str
    line: int
    column: int

    def __str__(self) -> str:
        of_rule = f" {self.rule}" if self.rule else ""
        return f"{self.path}:{self.line}:{self.column}: fixed{of_rule}: {self.message}"


def mend_of_word(word: str, known: Iterable[str]) -> Mend | None:
    """The one known word that is a single slip away; None where there is none, or several."""
    if len(word) < _SHORTEST_WORD:
        return None
    near = [name for name in known if _one_slip(word.casefold(), name.casefold())]
    return Mend(near[0]) if len(near) == 1 else None


def mend_of_value(details: Sequence[ErrorDetails], wanted: Sequence[str], given: object) -> Mend | None:
    """The value without its quotes, or in quotes; ``wanted`` are the types that are expected, in words."""
    if len(details) != 1:
        return None
    if isinstance(given, str):
        if wanted == ["true or false"]:
            meant = _BOOLEANS.get(given.casefold())
            return None if meant is None else Mend(meant)
        if wanted == ["a whole number"] and _NUMBER.fullmatch(given) and "." not in given:
            return Mend(int(given))
        return Mend(float(given)) if wanted == ["a number"] and _NUMBER.fullmatch(given) else None
    if wanted == ["text"] and isinstance(given, int | float) and not isinstance(given, bool):
        return Mend("", in_quotes=True)
    return None


def _one_slip(word: str, other: str) -> bool:
    """Whether one letter more, fewer or other, or two exchanged ones, make one word of the other."""
    while word and other and word[0] == other[0]:
        word, other = word[1:], other[1:]
    while word and other and word[-1] == other[-1]:
        word, other = word[:-1], other[:-1]
    exchanged = len(word) == 2 and word == other[::-1]
    return exchanged or (len(word) <= 1 and len(other) <= 1)
