"""Masking: the texts of secrets, however they are spelt, become ``***``."""

import json
import re
from base64 import b64encode, encodebytes, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from html import escape
from typing import Final
from urllib.parse import quote_from_bytes

MASK: Final = "***"
_SHORTEST_IN_PROSE = 4
_LINE_LENGTH = 8
"""From this length on a part of a secret is secret by itself: a line of several, or what base64 makes of it."""
_QUOTED_AS_THEY_ARE = ("", "/", "!'()*")
"""Characters that one or another way of quoting for a URL leaves alone."""

Mask = Callable[[str], str]
"""The same text without secrets."""


def mask_of(secrets: Iterable[str]) -> Mask:
    """What replaces each of ``secrets`` in a text, also where it is quoted for JSON, Python, a shell, HTML or a URL.

    Also where it is in base64.
    """
    longest_first = all_spellings(secrets)
    if not longest_first:
        return str
    pattern = re.compile("|".join(map(re.escape, longest_first)))
    return lambda text: pattern.sub(MASK, text)


def prose_mask(secrets: Iterable[str]) -> Mask:
    """The same for what people read: shorter secrets would blank out ordinary words."""
    return mask_of(secret for secret in secrets if len(secret) >= _SHORTEST_IN_PROSE)


def all_spellings(secrets: Iterable[str]) -> list[str]:
    """Every text that gives one of ``secrets`` away, the longest first. Blank secrets give nothing away."""
    spellings = {spelling for secret in secrets if secret.strip() for spelling in _spellings(secret)}
    return sorted(spellings, key=lambda spelling: (-len(spelling), spelling))


def _spellings(secret: str) -> set[str]:
    lines = {line.strip() for line in secret.splitlines()} if "\n" in secret else set()
    parts = {secret, secret.strip()} | {line for line in lines if len(line) >= _LINE_LENGTH}
    found = set(parts)
    for part in parts:
        found.update(_quoted(part))
        found.update(_in_base64(part.encode(errors="surrogateescape")))
    return found


def _quoted(part: str) -> Iterator[str]:
    """For JSON, Python, a shell, HTML, a URL and a form; with the line ends of a terminal."""
    in_json = (json.dumps(part)[1:-1], json.dumps(part, ensure_ascii=False)[1:-1])
    yield from in_json
    yield from (text.replace("/", "\\/") for text in in_json)
    data = part.encode(errors="surrogateescape")
    yield repr(part)[1:-1]
    yield repr(data)[2:-1]
    yield from (part.replace("'", spelt) for spelt in ("'\"'\"'", "'\\''"))
    yield escape(part)
    yield escape(part, quote=False)
    yield part.replace("\n", "\r\n")
    for safe in _QUOTED_AS_THEY_ARE:
        quoted = quote_from_bytes(data, safe)
        yield from (quoted, re.sub("%..", lambda found: found[0].lower(), quoted), quoted.replace("%20", "+"))


def _in_base64(data: bytes) -> Iterator[str]:
    """Alone, cut into lines, and as the middle of something longer, such as name and password.

    What it looks like there depends on the place where it begins, of which there are three kinds.
    """
    for encode in (b64encode, urlsafe_b64encode, encodebytes):
        for line in encode(data).decode().split():
            if len(bare := line.rstrip("=")) >= _LINE_LENGTH:
                yield bare
    for before in range(3):
        for encode in (b64encode, urlsafe_b64encode):
            middle = encode(bytes(before) + data)[(before * 8 + 5) // 6 : (before + len(data)) * 8 // 6].decode()
            if len(middle) >= _LINE_LENGTH:
                yield middle
