"""A document of another program, taken apart key by key: what nobody asked for can be told at the end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tasks_service.core.diagnostics import Loc, dotted

_Kind = TypeVar("_Kind")
_FORMS: dict[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    list: "a list",
    dict: "a mapping",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """Plain data, and the line of each place in it."""

    value: Any
    line: int
    lines: Mapping[Loc, int] = field(default_factory=dict)

    def line_of(self, loc: Loc) -> int:
        """The line of a place, or of the nearest thing around it."""
        while loc:
            if loc in self.lines:
                return self.lines[loc]
            loc = loc[:-1]
        return self.line


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A place in the original that a person must see to, and what to do there."""

    loc: Loc
    advice: str


class Misfit(Exception):
    """A value of another form than its program would accept."""

    def __init__(self, loc: Loc, expected: str) -> None:
        super().__init__(f"{dotted(loc)} must be {expected}")
        self.loc = loc
        self.expected = expected


class Fields:
    """The keys of one mapping. Each is read at most once; ``unread`` tells which were not."""

    def __init__(self, value: Any, loc: Loc = ()) -> None:
        self.loc = loc
        self._value: dict[str, Any] = dict(_of_kind(value, dict, loc))
        self._inner: list[Fields] = []

    def text(self, key: str, default: str = "") -> str:
        """The text of a key; raises ``Misfit`` where it is none."""
        return self._take(key, str, default)

    def flag(self, key: str) -> bool:
        """Whether a key is true."""
        return self._take(key, bool, False)

    def number(self, key: str) -> int | None:
        """The whole number of a key; None where there is none. Raises ``Misfit`` for a negative one."""
        found = self._take(key, int, -1) if self._value.get(key) is not None else None
        if found is not None and found < 0:
            raise Misfit((*self.loc, key), "a whole number from 0")
        return found

    def words(self, key: str) -> list[str]:
        """A list of texts."""
        given = self._take(key, list, [])
        return [_of_kind(word, str, (*self.loc, key, n)) for n, word in enumerate(given)]

    def mapping(self, key: str) -> "Fields":
        """A mapping within this one; empty where there is none."""
        return self._enter(self._take(key, dict, {}), (*self.loc, key))

    def mappings(self, key: str) -> list["Fields"]:
        """A list of mappings."""
        given = self._take(key, list, [])
        return [self._enter(value, (*self.loc, key, n)) for n, value in enumerate(given)]

    def texts(self) -> dict[str, str]:
        """All that is left, as texts by key."""
        return {key: self.text(key) for key in list(self._value)}

    def ignore(self, *keys: str) -> None:
        """Keys that say nothing about the job."""
        for key in keys:
            self._value.pop(key, None)

    def ignore_default(self, **defaults: Any) -> None:
        """Keys that say no more than would hold without them."""
        for key, value in defaults.items():
            if self._value.get(key) == value:
                self._value.pop(key)

    def unread(self) -> Iterator[Loc]:
        """The places of all keys that nobody asked for and that hold something."""
        for key, value in self._value.items():
            if value not in (None, "", [], {}):
                yield (*self.loc, key)
        for inner in self._inner:
            yield from inner.unread()

    def _take(self, key: str, kind: type[_Kind], default: _Kind) -> _Kind:
        value = self._value.pop(key, None)
        return default if value is None else _of_kind(value, kind, (*self.loc, key))

    def _enter(self, value: Any, loc: Loc) -> "Fields":
        inner = Fields(value, loc)
        self._inner.append(inner)
        return inner


def _of_kind(value: Any, kind: type[_Kind], loc: Loc) -> _Kind:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Misfit(loc, _FORMS[kind])
    return value
