"""Mending a file where it is certain what was meant: only the characters that are wrong are exchanged.

Comments, order, quotes and line ends of everything else stay as they are. A change is kept only if it takes an error
away and brings none but within the key that it mended, so mending a mended file changes nothing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from _ruamel_yaml import CParser
from ruamel.yaml.events import ScalarEvent, StreamEndEvent

from tasks_service.adapters.yaml_manifests.events import Parsed, Place, Refused, documents
from tasks_service.adapters.yaml_manifests.scalars import resolve
from tasks_service.core.diagnostics import Finding, Loc, dotted, errors
from tasks_service.core.mend import Fix
from tasks_service.core.names import split_commas
from tasks_service.core.validation import Rulebook, is_calendar, kind_findings

_MODELINE = re.compile(r"^#\s*yaml-language-server:", re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z_][\w./-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Mended:
    """A text after its mends, and what they were."""

    text: str
    fixes: tuple[Fix, ...]


@dataclass(frozen=True, slots=True)
class _Change:
    """A key or a value of a document, and what it becomes."""

    rule: str
    loc: Loc
    on_key: bool
    value: Any
    event: Any
    """Of the scalar that is there now."""
    text: str
    """The new scalar as YAML."""

    def applied(self, document: Any) -> Any:
        """The document with the change."""
        return _replaced(document, self.loc, self.value, on_key=self.on_key)

    @property
    def mended(self) -> Loc:
        """The place after the change."""
        return (*self.loc[:-1], self.value) if self.on_key else self.loc


class Mender:
    """Mends texts by the rules of one installation."""

    def __init__(self, rulebook: Rulebook, now: datetime) -> None:
        self._rulebook = rulebook
        self._now = now

    def mended(self, text: str, path: str, modeline: str = "") -> Mended:
        """The text with all that can be mended; ``modeline`` is put on top where the text has none."""
        fixes: list[Fix] = []
        parsed = _parsed(text)
        while changes := self._pass(text, parsed):
            fixes += [_told(change, text, path) for change in changes]
            text = _written_into(text, changes)
            parsed = _parsed(text)
        if modeline and any(isinstance(document.value, dict) for document in parsed) and not _MODELINE.search(text):
            text = modeline + ("\r\n" if "\r\n" in text else "\n") + text
            fixes.append(Fix(rule="", message="a line names the schema for editors", path=path, line=1, column=1))
        return Mended(text, tuple(fixes))

    def _pass(self, text: str, parsed: list[Parsed]) -> list[_Change]:
        """The changes that can be made at once, by their place; a renamed key's content comes in the next pass."""
        spans = _spans(text) if parsed else {}
        accepted: list[_Change] = []
        expected: list[Any] = []
        for document in parsed:
            value = document.value
            if isinstance(value, dict) and not document.faults:
                for change in (*self._mends(text, document, spans), *self._lists(document, spans)):
                    candidate = change.applied(value)
                    if candidate is not None and self._is_better(value, candidate, change):
                        value = candidate
                        accepted.append(change)
            expected.append(value)
        accepted.sort(key=lambda change: int(change.event.start_mark.index))
        if accepted and [d.value for d in _parsed(_written_into(text, accepted))] != expected:
            return []  # written as YAML it would mean something else
        return accepted

    def _mends(self, text: str, document: Parsed, spans: Mapping[Place, Any]) -> Iterator[_Change]:
        for finding in self._findings(document.value):
            place = (document.keys if finding.on_key else document.values).get(finding.loc)
            event = spans.get(place) if place else None
            if finding.mend is None or event is None:
                continue
            now = text[event.start_mark.index : event.end_mark.index]
            value = now if finding.mend.in_quotes else finding.mend.value
            new = f'"{now}"' if finding.mend.in_quotes else _scalar(value, event.style)
            yield _Change(finding.rule, finding.loc, finding.on_key, value, event, new)

    def _lists(self, document: Parsed, spans: Mapping[Place, Any]) -> Iterator[_Change]:
        """A list for each text with commas: whether it means the same is told by the digest, later."""
        for loc, place in document.values.items():
            event = spans.get(place)
            if event is not None and "," in event.value:
                words = split_commas(event.value)
                yield _Change("", loc, False, words, event, f"[{', '.join(_scalar(word, '') for word in words)}]")

    def _is_better(self, before: Any, after: Any, change: _Change) -> bool:
        if not change.rule:
            return bool(digest := self._digest(before)) and digest == self._digest(after)
        had, has = (errors(self._findings(document)) for document in (before, after))
        new = [f for f in has if f not in had and not _within(f.loc, change.mended)]
        gone = [f for f in had if f not in has]
        return bool(gone) and not new

    def _digest(self, document: Any) -> str:
        if is_calendar(document):
            return ""
        manifest = self._rulebook.check(document, self._now).manifest
        return manifest.digest if manifest else ""

    def _findings(self, document: Any) -> tuple[Finding, ...]:
        if not is_calendar(document):
            return self._rulebook.check(document, self._now).findings
        return tuple(kind_findings(document)) or self._rulebook.check_calendar(document, self._now).findings


def _parsed(text: str) -> list[Parsed]:
    """The documents of a text; none where it cannot be read to its end."""
    try:
        return list(documents(text))
    except Refused:
        return []


def _within(loc: Loc, outer: Loc) -> bool:
    return len(loc) > len(outer) and loc[: len(outer)] == outer


def _replaced(value: Any, loc: Loc, new: Any, *, on_key: bool) -> Any:
    """A copy with another key or value at ``loc``; None where the new key is there already."""
    head, rest = loc[0], loc[1:]
    if rest:
        inner = _replaced(value[head], rest, new, on_key=on_key)
        if inner is None:
            return None
        new, on_key = inner, False
    if isinstance(value, list):
        return [new if index == head else item for index, item in enumerate(value)]
    if on_key:
        return None if new in value else {new if key == head else key: item for key, item in value.items()}
    return {**value, head: new}


def _written_into(text: str, changes: list[_Change]) -> str:
    for change in reversed(changes):
        text = text[: change.event.start_mark.index] + change.text + text[change.event.end_mark.index :]
    return text


def _told(change: _Change, text: str, path: str) -> Fix:
    mark, end = change.event.start_mark, change.event.end_mark.index
    message = f"{text[mark.index : end][:60]} is now {change.text[:60]}" if change.rule else _list_told(change)
    return Fix(rule=change.rule, message=message, path=path, line=mark.line + 1, column=mark.column + 1)


def _list_told(change: _Change) -> str:
    return f"{dotted(change.loc)} is a list now"


def _spans(text: str) -> dict[Place, Any]:
    """The events of the scalars that stand on one line and bear neither tag nor anchor, by their place."""
    parser, spans = CParser(text), {}
    while not isinstance(event := parser.get_event(), StreamEndEvent):
        if isinstance(event, ScalarEvent) and event.anchor is None and event.tag is None:
            mark = event.start_mark
            if mark.line == event.end_mark.line and event.end_mark.index > mark.index:
                spans[Place(mark.line + 1, mark.column + 1)] = event
    return spans


def _scalar(value: str | bool | float, style: str) -> str:
    """A scalar as YAML, in the quotes that its predecessor had; only text needs any."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return str(value)
    if style == "'":
        return "'" + value.replace("'", "''") + "'"
    if not style and _PLAIN.fullmatch(value) and isinstance(resolve(value), str):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
