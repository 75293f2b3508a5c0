"""What people wrote, made harmless in Markdown: it can neither format a comment, nor link, nor mention anybody."""

import re

LONGEST = 300
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "$": "<span>$</span>"}
_MARKS = re.compile(r"[&<>$]|[\\`*_~|\[\]!]")
_APART = "&#8203;"
"""A space without width: GitHub links what it takes for a mention, an issue or an address."""
_TRIGGERS = re.compile(r"[@#](?=\w)|:(?=//|[a-z0-9_+-]+:)|\bwww(?=\.)|\bGH(?=-\d)", re.I)


def escaped(text: str) -> str:
    """One line of plain text; what is longer than 300 characters is cut."""
    line = "".join(mark if mark.isprintable() else " " for mark in text)
    line = line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
    apart = _TRIGGERS.sub(lambda found: f"{found[0]}\0", line)
    return _MARKS.sub(lambda found: _ENTITIES.get(found[0], f"\\{found[0]}"), apart).replace("\0", _APART)


def code(text: str) -> str:
    """The same as code, whatever back ticks it holds."""
    return f"<code>{escaped(text)}</code>"
