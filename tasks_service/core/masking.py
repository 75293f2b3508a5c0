"""Masking: the texts of secrets, however they are spelt, become ``***``."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import quote

MASK: Final = "***"
_SHORTEST_IN_PROSE = 4
_LINE_LENGTH = 8
"""From this length on a single line of a secret of several lines is secret by itself."""

Mask = Callable[[str], str]
"""The same text without secrets."""


def mask_of(secrets: Iterable[str]) -> Mask:
    """What replaces each of ``secrets`` in a text, also where it is quoted for JSON, Python or a URL."""
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
    return sorted(spellings, key=len, reverse=True)


def _spellings(secret: str) -> set[str]:
    lines = {line.strip() for line in secret.splitlines()} if "\n" in secret else set()
    parts = {secret, secret.strip()} | {line for line in lines if len(line) >= _LINE_LENGTH}
    quoted = {json.dumps(part)[1:-1] for part in parts} | {repr(part)[1:-1] for part in parts}
    return parts | quoted | {quote(part, safe="") for part in parts}
