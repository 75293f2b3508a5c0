"""Colours in output: of all escape sequences only styles are kept, in one form that is safe to store and to show.

Kept text holds no control character but tabs and ``ESC[0;…m``, of which each names the whole style from there on. A
line begins without style and ends without one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

_ESCAPE = re.compile(r"\x1b(?:\[([0-?]*)[ -/]*([@-~])|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[()*+][0-9A-Za-z])")
_NUMBERS = re.compile(r"[0-9;:]*")
_MOST_NUMBERS = 32
_REMEMBERED = 1024
"""Programs use few styles, and each of them many times."""
_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) != "\t"} | {0x7F: 0x2421}
_INVISIBLE = dict.fromkeys([*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x2028, 0x2029], 0xFFFD)
_READABLE = _PICTURES | _INVISIBLE
_HUES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_FLAGS = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "inverse", 9: "strike"}
_ENDS = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("inverse",), 29: ("strike",)}
_LEVELS = (0, 95, 135, 175, 215, 255)
"""Of a channel in the cube of 216 colours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a piece of text looks. Colours are the sixteen of a terminal, the bright ones from 8 on."""

    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    inverse: bool = False
    strike: bool = False
    colour: int | None = None
    ground: int | None = None

    @property
    def classes(self) -> str:
        """Its CSS classes; empty for plain text."""
        words = [name for name in _FLAGS.values() if name != "inverse" and getattr(self, name)]
        colour, ground = (self.ground, self.colour) if self.inverse else (self.colour, self.ground)
        if ground is not None:
            words.append(f"on-{_HUES[ground % 8]}")
        elif self.inverse:
            words.append("inverse")
        elif colour is not None:
            words.append(f"bright-{_HUES[colour - 8]}" if colour > 7 else _HUES[colour])
        return " ".join(f"ansi-{word}" for word in words)


PLAIN: Final = Style()


@lru_cache(_REMEMBERED)
def sequence(style: Style) -> str:
    """The one sequence that a terminal needs for it, whatever came before."""
    codes = [0, *(code for code, name in _FLAGS.items() if getattr(style, name))]
    for number, base in ((style.colour, 30), (style.ground, 40)):
        if number is not None:
            codes.append(base + number if number < 8 else base + 52 + number)
    return f"\x1b[{';'.join(map(str, codes))}m"


def pieces(text: str, style: Style = PLAIN) -> Iterator[tuple[Style, str]]:
    """One line in pieces of one style each, all other control characters made visible.

    The last piece has the style that goes on, and may be empty.
    """
    start = 0
    for found in _ESCAPE.finditer(text):
        if found.start() > start:
            yield style, text[start : found.start()].translate(_READABLE)
        start = found.end()
        if found[2] == "m" and _NUMBERS.fullmatch(found[1]):
            style = _changed(style, found[1])
    yield style, text[start:].translate(_READABLE)


def kept(text: str, style: Style = PLAIN) -> tuple[str, Style]:
    """The form of a line that is kept, and the style in which the next one begins.

    What is kept already stays as it is.
    """
    if style == PLAIN and "\x1b" not in text:
        return text.translate(_READABLE), style
    parts: list[str] = []
    shown = now = PLAIN
    for now, part in pieces(text, style):
        if part and now != shown:
            parts.append(sequence(now))
            shown = now
        parts.append(part)
    if shown != PLAIN:
        parts.append(sequence(PLAIN))
    return "".join(parts), now


def plain(text: str) -> str:
    """A line without colours, every other control character made visible."""
    if "\x1b" not in text:
        return text.translate(_READABLE)
    return "".join(part for _, part in pieces(text))


def plain_lines(text: str) -> str:
    """The same for a text of several lines."""
    return "\n".join(map(plain, text.split("\n")))


def spans(text: str) -> list[tuple[str, str]]:
    """A kept line as pieces of text, each with its CSS classes."""
    found: list[tuple[str, str]] = []
    for style, part in pieces(text):
        if part:
            found.append((part, style.classes))
    return found


@lru_cache(_REMEMBERED)
def _changed(style: Style, numbers: str) -> Style:
    """The style after a sequence with these numbers; those that mean nothing here are passed over."""
    groups = numbers.split(";")[:_MOST_NUMBERS]
    while groups:
        first, *parts = groups.pop(0).split(":")
        code = _number(first)
        if code in (38, 48):
            if not parts:
                taken = {"5": 2, "2": 4}.get(groups[0] if groups else "", 0)
                parts, groups = groups[:taken], groups[taken:]
            elif len(parts) > 4:
                del parts[1]  # the colour space of ESC[38:2:…:r:g:b
            style = _coloured(style, _of_many(parts), ground=code == 48)
        elif code == 4 and parts == ["0"]:
            style = replace(style, underline=False)
        else:
            style = _after(style, code)
    return style


def _after(style: Style, code: int) -> Style:
    if code == 0:
        return PLAIN
    if code in _FLAGS:
        return replace(style, **{_FLAGS[code]: True})
    if code in _ENDS:
        return replace(style, **dict.fromkeys(_ENDS[code], False))
    tens, ones = divmod(code, 10)
    if tens in (3, 4) and ones in (*range(8), 9):
        return _coloured(style, None if ones == 9 else ones, ground=tens == 4)
    if tens in (9, 10) and ones < 8:
        return _coloured(style, ones + 8, ground=tens == 10)
    return style


def _coloured(style: Style, number: int | None, *, ground: bool) -> Style:
    return replace(style, ground=number) if ground else replace(style, colour=number)


def _of_many(parts: list[str]) -> int | None:
    """The nearest of sixteen to ``5;n`` or ``2;r;g;b``; None where it is neither."""
    values = [min(_number(part), 255) for part in parts[1:]]
    if parts[:1] == ["5"] and len(values) == 1:
        return _of_256(values[0])
    if parts[:1] == ["2"] and len(values) == 3:
        return _nearest(*values)
    return None


def _of_256(number: int) -> int:
    if number < 16:
        return number
    if number > 231:
        grey = 8 + 10 * (number - 232)
        return _nearest(grey, grey, grey)
    red, rest = divmod(number - 16, 36)
    green, blue = divmod(rest, 6)
    return _nearest(_LEVELS[red], _LEVELS[green], _LEVELS[blue])


def _nearest(red: int, green: int, blue: int) -> int:
    most = max(red, green, blue)
    hue = sum(bit for bit, channel in ((1, red), (2, green), (4, blue)) if channel > 0.6 * most)
    if hue in (0, 7):
        return 0 if most < 64 else 8 if most < 160 else 7 if most < 224 else 15
    return hue + 8 if most > 215 else hue


def _number(text: str) -> int:
    return int(text[:4] or "0")
