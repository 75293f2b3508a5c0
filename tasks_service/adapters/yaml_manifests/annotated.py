"""A scaffold as YAML: remarks above the keys, and keys that are switched off as comments."""

from collections.abc import Iterable, Iterator
from textwrap import indent, wrap

from tasks_service.adapters.yaml_manifests.writing import comment, dumped, opening
from tasks_service.core.scaffold import Entry, Scaffold

_WIDTH = 100


def annotated(scaffold: Scaffold, schema: str) -> str:
    """The YAML text of a scaffold, with a final newline."""
    return opening(schema, wrap(scaffold.comment, _WIDTH)) + "".join(_lines(scaffold.entries))


def _lines(entries: Iterable[Entry]) -> Iterator[str]:
    """A key that is switched off follows its ``#`` at once, a remark after a space."""
    for entry in entries:
        yield comment(wrap(entry.comment, _WIDTH))
        text = _block(entry)
        yield indent(text, "#", lambda _: True) if entry.off else text


def _block(entry: Entry) -> str:
    if entry.within:
        return f"{entry.key}:\n" + indent("".join(_lines(entry.within)), "  ")
    return dumped({entry.key: entry.value}, flow=True)
