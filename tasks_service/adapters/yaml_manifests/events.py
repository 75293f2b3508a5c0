"""From text to plain data, by the events of libyaml: bounded in every dimension, and with a place for every value.

Reading events instead of loading lets a hostile text be refused before anything was built of it, and gives the line
of a key that stands twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from _ruamel_yaml import CParser
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from ruamel.yaml.reader import ReaderError

from tasks_service.adapters.yaml_manifests.scalars import Scalar, resolve
from tasks_service.core.diagnostics import Loc
from tasks_service.core.ports import MAX_MANIFEST_BYTES

MAX_DEPTH = 40
MAX_NODES = 20_000
MAX_ALIASES = 20
MAX_TEXT = 1024 * 1024
"""Characters of all scalars, those repeated by aliases included."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line and a column, from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a text or a document of it is no plain data."""

    rule: str
    message: str
    place: Place
    hint: str = ""


class Refused(Exception):
    """The text cannot be read on."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@dataclass(slots=True)
class Parsed:
    """One document: its value, the faults that leave the rest readable, and where everything stands."""

    start: Place
    value: Any = None
    empty: bool = False
    faults: list[Fault] = field(default_factory=list)
    keys: dict[Loc, Place] = field(default_factory=dict)
    values: dict[Loc, Place] = field(default_factory=dict)
    """Only of scalars: a mapping or a list is found by its key."""

    def place(self, loc: Loc, *, on_key: bool) -> Place:
        """Where ``loc`` stands, or the nearest thing around it that exists."""
        while loc:
            found = (None if on_key else self.values.get(loc)) or self.keys.get(loc)
            if found:
                return found
            loc, on_key = loc[:-1], True
        return self.start


@dataclass(frozen=True, slots=True)
class _Anchored:
    value: Any
    nodes: int
    text: int


def documents(text: str) -> Iterator[Parsed]:
    """The documents of a text, one after the other; raises ``Refused`` where it cannot be read on."""
    if len(text) > MAX_MANIFEST_BYTES or len(text.encode("utf-8", "replace")) > MAX_MANIFEST_BYTES:
        raise Refused(
            Fault("JM003", f"the text is larger than {MAX_MANIFEST_BYTES // 1024} KiB", Place(1, 1), "split the file")
        )
    try:
        reader = _Reader(CParser(text))
        while document := reader.next_document():
            yield document
    except ReaderError as error:
        raise Refused(_unreadable_character(error, text)) from error
    except MarkedYAMLError as error:
        raise Refused(_syntax_fault(error)) from error
    except YAMLError as error:
        raise Refused(Fault("JM001", " ".join(str(error).split()), Place(1, 1))) from error
    except UnicodeEncodeError as error:
        raise Refused(Fault("JM001", "the text holds half a character (a lone surrogate)", Place(1, 1))) from error


class _Reader:
    """Builds documents from the events of a parser."""

    def __init__(self, parser: Any) -> None:
        self._parser = parser
        self._nodes = 0
        self._text = 0
        self._aliases = 0
        self._anchors: dict[str, _Anchored] = {}
        self._document = Parsed(Place(1, 1))

    def next_document(self) -> Parsed | None:
        """The next document; None at the end of the stream."""
        while not isinstance(event := self._parser.get_event(), DocumentStartEvent):
            if isinstance(event, StreamEndEvent):
                return None
        self._anchors = {}
        content = self._parser.get_event()
        self._document = Parsed(_place(content))
        self._document.empty = isinstance(content, ScalarEvent) and not content.value and content.implicit[0]
        self._document.value = self._node(content, (), 0)
        return self._document

    def _node(self, event: Any, loc: Loc, depth: int) -> Any:
        self._spend(event, nodes=1)
        if depth > MAX_DEPTH:
            raise Refused(Fault("JM003", f"the text is nested more than {MAX_DEPTH} levels deep", _place(event)))
        if isinstance(event, AliasEvent):
            return self._aliased(event, loc)
        if event.tag is not None:
            self._fault("JM001", f"tags such as {str(event.tag)[:60]} are not allowed", event, "write a plain value")
        nodes, text = self._nodes, self._text
        value: Any
        if isinstance(event, MappingStartEvent):
            value = self._mapping(loc, depth)
        elif isinstance(event, SequenceStartEvent):
            value = self._sequence(loc, depth)
        else:
            value = self._scalar(event, loc)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(value, self._nodes - nodes, self._text - text)
        return value

    def _mapping(self, loc: Loc, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        seen: dict[str, Place] = {}
        while not isinstance(event := self._parser.get_event(), MappingEndEvent):
            key = self._key(event, seen)
            place = (*loc, key)
            self._document.keys.setdefault(place, _place(event))
            value = self._node(self._parser.get_event(), place, depth + 1)
            if not _is_merge(event):
                found[key] = value
        return found

    def _key(self, event: Any, seen: dict[str, Place]) -> str:
        """A key is always text, as in JSON: ``1:`` and ``on:`` mean "1" and "on". ``seen``: those of its mapping."""
        self._spend(event, nodes=1)
        if not isinstance(event, ScalarEvent):
            raise Refused(Fault("JM001", "a key must be text, not a list, a mapping or an alias", _place(event)))
        key = str(event.value)
        here = _place(event)
        first = seen.setdefault(key, here)
        if _is_merge(event):
            self._fault("JM001", "merge keys (<<) are not allowed", event, "write the keys out")
        elif event.tag is not None:
            self._fault("JM001", "tags on keys are not allowed", event)
        elif first is not here:
            self._fault("JM002", f"{key[:60]} stands twice in this mapping", event, f"first on line {first.line}")
        self._spend(event, text=len(key))
        return key

    def _sequence(self, loc: Loc, depth: int) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := self._parser.get_event(), SequenceEndEvent):
            place = (*loc, len(found))
            self._document.keys[place] = _place(event)
            found.append(self._node(event, place, depth + 1))
        return found

    def _scalar(self, event: Any, loc: Loc) -> Scalar:
        self._spend(event, text=len(event.value))
        if event.value or event.style:
            self._document.values[loc] = _place(event)
        if not event.implicit[0]:
            return str(event.value)
        try:
            return resolve(event.value)
        except ValueError as error:
            self._fault("JM012", f"{error}", event, "put it in quotes if text is meant")
            return str(event.value)

    def _aliased(self, event: Any, loc: Loc) -> Any:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise Refused(Fault("JM003", f"the text has more than {MAX_ALIASES} aliases", _place(event)))
        self._document.values[loc] = _place(event)
        anchored = self._anchors.get(event.anchor)
        if anchored is None:
            self._fault("JM001", f"*{event.anchor} refers to no anchor before it", event)
            return ""
        self._spend(event, nodes=anchored.nodes, text=anchored.text)
        return anchored.value

    def _spend(self, event: Any, *, nodes: int = 0, text: int = 0) -> None:
        self._nodes += nodes
        self._text += text
        if self._nodes > MAX_NODES or self._text > MAX_TEXT:
            limit = f"{MAX_NODES} values" if self._nodes > MAX_NODES else f"{MAX_TEXT // 1024} KiB of text"
            raise Refused(Fault("JM003", f"the text holds more than {limit}, aliases included", _place(event)))

    def _fault(self, rule: str, message: str, event: Any, hint: str = "") -> None:
        self._document.faults.append(Fault(rule, message, _place(event), hint))


def _is_merge(event: Any) -> bool:
    return bool(event.value == "<<" and event.implicit[0])


def _place(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)


def _syntax_fault(error: MarkedYAMLError) -> Fault:
    mark, context = error.problem_mark, error.context_mark
    place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
    message = str(error.problem)
    if context and error.context and (context.line, context.column) != (place.line - 1, place.column - 1):
        message += f", {error.context} that begins on line {context.line + 1}, column {context.column + 1}"
    return Fault("JM001", f"this is no YAML: {message}", place, _syntax_hint(message))


def _syntax_hint(message: str) -> str:
    if "mapping values are not allowed" in message:
        return "put text that holds ': ' in quotes, and check the indentation"
    if "cannot start any token" in message:
        return "indent with spaces, not tabs, and put text that begins with @, ` or % in quotes"
    if "alias" in message or "expected alphabetic" in message:
        return 'put cron expressions and text that begins with * or & in quotes: "*/5 * * * *"'
    return ""


def _unreadable_character(error: ReaderError, text: str) -> Fault:
    before = text[: error.position]
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return Fault("JM001", f"the text holds the control character U+{error.character:04X}", Place(line, column))
