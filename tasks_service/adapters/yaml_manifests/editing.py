"""One document of a text changed in place: every line that need not change stays as somebody wrote it.

ruamel.yaml says where each key stands and which comment is beside it; what changes is written anew line by line.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from tasks_service.adapters.yaml_manifests.writing import quoted, tidy
from tasks_service.core.manifest import JobManifest

_MARKER = re.compile(r"^(?:---|\.\.\.)(?=\s|$).*\n?", re.MULTILINE)
_WIDE = 4096


class NotEditable(ValueError):
    """The text has no document that can be changed; the message says why."""


def edited(text: str, old: JobManifest, new: JobManifest) -> str:
    """The text with the document of ``old`` saying what ``new`` says; everything else stays byte by byte."""
    newline = "\r\n" if "\r\n" in text else "\n"
    plain = text.replace("\r\n", "\n")
    begin, end = _span(plain, old.key)
    return (plain[:begin] + _changed(plain[begin:end], old, new) + plain[end:]).replace("\n", newline)


def _span(text: str, key: str) -> tuple[int, int]:
    """Where the document of a job begins and ends: a marker at the beginning of a line always parts two documents."""
    markers = [(m.start(), m.end()) for m in _MARKER.finditer(text)]
    begins, ends = [0, *(end for _, end in markers)], [*(start for start, _ in markers), len(text)]
    for begin, end in zip(begins, ends, strict=True):
        document = _loaded(text[begin:end])
        if isinstance(document, CommentedMap) and str(document.get("job_id", "")).lower() == key:
            if document.fa.flow_style():
                break
            return begin, end
    raise NotEditable(f"it holds no document with job_id {key!r} that has its keys on lines of their own")


def _changed(text: str, old: JobManifest, new: JobManifest) -> str:
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    document = _loaded(text)
    steps = [inner.lc.col for inner in document.values() if _is_block(inner) and inner.lc.col]
    writer = _Writer(tuple(lines), steps[0] if steps else 2)
    order = tuple(JobManifest.model_fields)
    found = writer.edits(document, len(lines), _Wanted(old.given(), new.given(), tidy(new.given(), JobManifest), order))
    for edit in sorted(found, key=lambda e: (e.first, e.last), reverse=True):
        lines[edit.first : edit.last] = edit.lines
    return "".join(lines)


@dataclass(frozen=True, slots=True)
class _Edit:
    """New lines for those from ``first`` up to but without ``last``."""

    first: int
    last: int
    lines: list[str]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a mapping said and is to say; ``short`` is the new one without its defaults, ``order`` that of its keys."""

    old: Mapping[str, Any]
    new: Mapping[str, Any]
    short: Mapping[str, Any]
    order: Sequence[str]

    def differing(self) -> Iterator[str]:
        """The keys of which something differs."""
        for key in dict.fromkeys((*self.new, *self.old)):
            if self.old.get(key, _ABSENT) != self.new.get(key, _ABSENT):
                yield key

    def within(self, key: str) -> "_Wanted":
        """The same of a mapping inside."""
        return _Wanted(self.old[key], self.new[key], self.short[key], tuple(self.short[key]))


_ABSENT = object()


@dataclass(frozen=True, slots=True)
class _Writer:
    """Turns what differs into edits of these lines."""

    lines: tuple[str, ...]
    step: int
    """By how many columns a mapping within another is moved in."""

    def edits(self, document: CommentedMap, end: int, wanted: _Wanted) -> Iterator[_Edit]:
        """The edits of a mapping whose lines end before ``end``."""
        added: dict[int, list[str]] = {}
        for key in wanted.differing():
            if key in document:
                yield from self._changes(document, end, key, wanted)
            elif key in wanted.short:
                place = self._place(document, end, key, wanted.order)
                added.setdefault(place, []).extend(self._written(document, key, wanted.short[key]))
        for place, lines in added.items():
            yield _Edit(place, place, lines)

    def _changes(self, document: CommentedMap, end: int, key: str, wanted: _Wanted) -> Iterator[_Edit]:
        first, last = self._block(document, end, key)
        if key not in wanted.short:
            yield _Edit(first, last, [])
        elif _is_block(document[key]) and _alike(wanted.old.get(key), wanted.new.get(key)):
            yield from self.edits(document[key], last, wanted.within(key))
        else:
            lines = self._written(document, key, wanted.short[key])
            if len(lines) == 1 and (beside := _comment_beside(document, key)):
                lines = [f"{lines[0].rstrip()}  {beside}\n"]
            yield _Edit(first, last, lines)

    def _block(self, document: CommentedMap, end: int, key: str) -> tuple[int, int]:
        """The lines of a key and its value, without the comments that stand before the next key."""
        first, column = document.lc.key(key)
        last = min((row for row, _ in map(document.lc.key, document) if row > first), default=end)
        while last - 1 > first and self._parts(self.lines[last - 1], column):
            last -= 1
        return first, last

    def _parts(self, line: str, column: int) -> bool:
        """Whether a line lies between two keys of that column: text in a block stands further in."""
        bare = line.strip()
        return not bare or (bare.startswith("#") and len(line) - len(line.lstrip()) <= column)

    def _place(self, document: CommentedMap, end: int, key: str, order: Sequence[str]) -> int:
        """Before which line a new key goes: after the keys that come before it."""
        rank = order.index(key)
        earlier = [present for present in document if present in order[:rank]]
        if earlier:
            return max(self._block(document, end, present)[1] for present in earlier)
        rows: list[int] = [document.lc.key(present)[0] for present in document]
        return min(rows)

    def _written(self, document: CommentedMap, key: str, value: Any) -> list[str]:
        column = min(document.lc.key(present)[1] for present in document)
        yaml = YAML()
        yaml.width = _WIDE
        yaml.indent(mapping=self.step, sequence=self.step + 2, offset=self.step)
        text = StringIO()
        yaml.dump({key: quoted(value, key)}, text)
        return [" " * column + line if line.strip() else line for line in text.getvalue().splitlines(keepends=True)]


def _alike(old: Any, new: Any) -> bool:
    """Whether a mapping is to be changed from within; a schedule of another kind is written anew."""
    mappings = isinstance(old, Mapping) and isinstance(new, Mapping)
    return mappings and old.get("trigger") == new.get("trigger")


def _is_block(value: Any) -> bool:
    """Whether it is a mapping with its keys on lines of their own, and not an alias of one elsewhere."""
    return isinstance(value, CommentedMap) and bool(value) and not value.fa.flow_style() and not value.anchor.value


def _comment_beside(document: CommentedMap, key: str) -> str:
    tokens = document.ca.items.get(key)
    token = tokens[2] if tokens and len(tokens) > 2 else None
    first = token.value.splitlines()[0].strip() if token and token.value.strip() else ""
    return first if first.startswith("#") else ""


def _loaded(text: str) -> Any:
    yaml = YAML()
    yaml.preserve_quotes = True
    try:
        return yaml.load(text)
    except YAMLError as error:
        raise NotEditable("it cannot be read as YAML") from error
