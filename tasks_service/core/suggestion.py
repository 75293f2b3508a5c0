"""Suggestions: what a mistyped word may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def closest(word: str, known: Iterable[str]) -> str:
    """The known word that is meant most likely, whatever its case; empty where none is near."""
    by_folded = {name.casefold(): name for name in known}
    found = get_close_matches(word[:200].casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint that names the closest known word; empty where none is near."""
    name = closest(word, known)
    return f"did you mean {name!r}?" if name else ""
