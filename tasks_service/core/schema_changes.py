"""What has become stricter between two versions of a JSON Schema: what may break documents that were valid before."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

JsonSchema = Mapping[str, Any]

_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_DEEPEST = 12
"""Schemas that refer to themselves end here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaChange:
    """One key of a document for which less is allowed than before."""

    schema: str
    """The file of the schema."""
    field: str
    """As diagnostics name it, with ``[]`` for any entry of a list."""
    message: str

    def __str__(self) -> str:
        return f"{self.schema}: {self.field} {self.message}"

    def concerns(self, place: str) -> bool:
        """Whether a finding at ``place`` may come of this change: at the same key, or within it."""
        general = re.sub(r"\[\d+\]", "[]", place)
        return general == self.field or general.startswith((f"{self.field}.", f"{self.field}["))


@dataclass(slots=True)
class _Allowed:
    """What a schema allows at one key."""

    types: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    """Of an enum or a constant, as text; empty where any value of the type will do."""
    bounds: dict[str, float] = field(default_factory=dict)
    patterns: set[str] = field(default_factory=set)
    required: bool = False


def schema_changes(name: str, before: JsonSchema, after: JsonSchema) -> list[SchemaChange]:
    """What ``after`` refuses and ``before`` did not, by key; what has become milder is left out."""
    old, new = _read(before), _read(after)
    changes: list[SchemaChange] = []
    for key, allowed in sorted(old.items()):
        if key not in new:
            if _parent(key) in new and not _is_open(key):
                changes.append(SchemaChange(schema=name, field=key, message="is no known key any more"))
        else:
            told = _narrowed(allowed, new[key])
            changes += (SchemaChange(schema=name, field=key, message=message) for message in told)
    added = (key for key in sorted(new.keys() - old.keys()) if new[key].required and _parent(key) in old)
    return changes + [SchemaChange(schema=name, field=key, message="is required now") for key in added]


def _is_open(key: str) -> bool:
    return key.endswith(("[]", ".*"))


def _parent(key: str) -> str:
    return re.sub(r"(?:\[\]|\.[^.\[\]]*|^[^.\[\]]*)$", "", key)


def _narrowed(old: _Allowed, new: _Allowed) -> Iterator[str]:
    if new.required and not old.required:
        yield "is required now"
    if new.types and (lost := _types_lost(old.types, new.types)):
        yield f"takes {_listed(new.types)} now, no {_listed(lost)} any more"
    if old.values and new.values and (gone := old.values - new.values):
        yield f"does not take {_listed(gone)} any more"
    if new.values and not old.values:
        yield f"takes only {_listed(new.values)} now"
    for name, bound in new.bounds.items():
        before = old.bounds.get(name)
        if before is None or (bound > before if name in _LOWER_BOUNDS else bound < before):
            yield f"has {name} {bound:g} now" + ("" if before is None else f" instead of {before:g}")
    for pattern in sorted(new.patterns - old.patterns):
        yield f"must match {pattern} now"


def _types_lost(old: set[str], new: set[str]) -> set[str]:
    """A whole number is a number, too; where no type was named anything was taken."""
    taken = new | {"integer"} if "number" in new else new
    return (old or {"other type"}) - taken


def _listed(words: set[str]) -> str:
    return ", ".join(sorted(words))


def _read(schema: JsonSchema) -> dict[str, _Allowed]:
    """What is allowed at every key, from the top: the empty key is the document itself."""
    found: dict[str, _Allowed] = {}
    _collect(schema, schema, "", found, 0)
    return found


def _collect(root: JsonSchema, schema: Any, key: str, found: dict[str, _Allowed], depth: int) -> None:
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return
    allowed = found.setdefault(key, _Allowed())
    _note(schema, allowed)
    for part in _parts_of(root, schema):
        _collect(root, part, key, found, depth + 1)
    required = schema.get("required", [])
    for name, inner in schema.get("properties", {}).items():
        place = f"{key}.{name}".removeprefix(".")
        _collect(root, inner, place, found, depth + 1)
        if place in found and name in required:
            found[place].required = True
    _collect(root, schema.get("items"), f"{key}[]", found, depth + 1)
    _collect(root, schema.get("additionalProperties"), f"{key}.*", found, depth + 1)


def _parts_of(root: JsonSchema, schema: JsonSchema) -> Iterator[Any]:
    """The schemas that speak of the same value. An ``if`` only chooses; what it asks for is no demand."""
    if reference := schema.get("$ref"):
        yield _resolved(root, reference)
    for keyword in ("allOf", "anyOf", "oneOf"):
        yield from schema.get(keyword, [])
    yield from (schema[keyword] for keyword in ("then", "else") if keyword in schema)


def _resolved(root: JsonSchema, reference: str) -> Any:
    value: Any = root
    for part in reference.removeprefix("#/").split("/"):
        value = value.get(part, {}) if isinstance(value, dict) else {}
    return value


def _note(schema: JsonSchema, allowed: _Allowed) -> None:
    given = schema.get("type", [])
    allowed.types |= {given} if isinstance(given, str) else set(given)
    allowed.values |= {str(value) for value in schema.get("enum", [])}
    if "const" in schema:
        allowed.values.add(str(schema["const"]))
    for name in (*_LOWER_BOUNDS, *_UPPER_BOUNDS):
        if isinstance(schema.get(name), int | float):
            allowed.bounds[name] = schema[name]
    if "pattern" in schema:
        allowed.patterns.add(schema["pattern"])
