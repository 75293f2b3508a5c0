"""Escape sequences in a stream of bytes: what tells of colours is set apart, what tells of anything else is dropped."""

import re
from bisect import bisect_left
from collections.abc import Sequence

_ESCAPE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[()*+][0-9A-Za-z]|)")
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b\n]*\x1b?|[()*+])?\Z")
_STYLE = re.compile(rb"\x1b\[[0-9;:]*m")
_LONGEST = 4096
"""From this length on a sequence that does not end is taken for text."""
_PICTURE = "␛".encode()
"""Stands for an escape that begins no sequence."""

Mark = tuple[int, bytes]
"""A sequence, and its place in the text that is left without any."""


def parted(data: bytes) -> tuple[bytes, list[Mark]]:
    """The text that a reader sees, and the styles that are set within it."""
    if b"\x1b" not in data:
        return data, []
    text, marks, start = bytearray(), list[Mark](), 0
    for found in _ESCAPE.finditer(data):
        text += data[start : found.start()]
        start = found.end()
        if found[0] == b"\x1b":
            text += _PICTURE
        elif _STYLE.fullmatch(found[0]):
            marks.append((len(text), found[0]))
    text += data[start:]
    return bytes(text), marks


def woven(text: bytes, marks: Sequence[Mark], start: int, end: int) -> bytes:
    """A part of the text with the styles that are set within it, before its beginning and not at its end."""
    parts, at = [], start
    for place, mark in within(marks, start, end):
        parts += [text[at:place], mark]
        at = place
    return b"".join([*parts, text[at:end]])


def within(marks: Sequence[Mark], start: int, end: int) -> Sequence[Mark]:
    """The marks before the end of a part of the text, and not before its beginning."""
    if not marks:
        return marks
    return marks[bisect_left(marks, (start, b"")) : bisect_left(marks, (end, b""))]


def finished(data: bytes) -> int:
    """Where a sequence begins at the end of the data whose rest is still to come; else the length of the data."""
    begin = data.find(b"\x1b", max(0, len(data) - _LONGEST))
    found = _UNFINISHED.search(data, begin) if begin >= 0 else None
    return found.start() if found else len(data)
