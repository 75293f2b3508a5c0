"""The parameters of a job type as a form: JSON Schema to fields, and the filled-in form back to parameters.

What a form cannot show (nested objects, tuples) is a text area that takes JSON.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasks_service.pages.endpoint import Form

PREFIX = "p."


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One parameter. ``kind``: text, integer, number, boolean, choice, choices, list or json."""

    name: str
    kind: str
    help: str
    required: bool
    default: Any
    choices: tuple[str, ...] = ()
    pattern: str = ""
    minimum: float | None = None
    maximum: float | None = None
    example: str = ""

    @property
    def key(self) -> str:
        """Its name in the form."""
        return PREFIX + self.name

    def initial(self) -> list[str]:
        """The texts that a fresh form shows."""
        if self.default is None:
            return []
        if self.kind == "choices":
            return [str(item) for item in self.default]
        if self.kind == "list":
            return ["\n".join(str(item) for item in self.default)]
        if self.kind == "boolean":
            return ["yes"] if self.default else []
        return [_text(self.default)]

    def read(self, texts: Sequence[str]) -> Any:
        """The value of what was filled in; None where the field was left empty. ``ValueError`` with a sentence."""
        if self.kind == "boolean":
            return bool(texts)
        if self.kind == "choices":
            return list(texts)
        text = texts[0].strip() if texts else ""
        if self.kind == "list":
            return [line.strip() for line in text.splitlines() if line.strip()] or None
        return self._scalar(text) if text else None

    def _scalar(self, text: str) -> Any:
        try:
            if self.kind == "integer":
                return int(text)
            if self.kind == "number":
                return float(text)
            if self.kind == "json":
                return json.loads(text)
        except ValueError as error:
            raise ValueError(_unreadable(self.kind, text, error)) from error
        return text


def _unreadable(kind: str, text: str, error: ValueError) -> str:
    if kind == "json":
        return f"this is not JSON: {error}"
    return f"{text[:40]!r} is not a {'whole ' if kind == 'integer' else ''}number"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _example(kind: str, value: Any) -> str:
    return "\n".join(map(str, value)) if kind == "list" and isinstance(value, list) else _text(value)


def fields(schema: Mapping[str, Any]) -> list[Field]:
    """The fields of a schema: required ones first, else in the order of the schema."""
    required = set(schema.get("required", ()))
    found = [
        _field(name, _resolved(part, schema), name in required) for name, part in schema.get("properties", {}).items()
    ]
    return sorted(found, key=lambda field: not field.required)


def parameters(shown: Sequence[Field], form: Form) -> tuple[dict[str, Any], dict[str, str]]:
    """The parameters that were changed or are required, and by name a sentence about each that cannot be read."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field in shown:
        texts = [text.replace("\r\n", "\n") for text in form.getlist(field.key)]
        if texts == field.initial() and not field.required:
            continue
        try:
            value = field.read(texts)
        except ValueError as error:
            problems[field.name] = str(error)
            continue
        if value is not None:
            values[field.name] = value
    return values, problems


def _resolved(part: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """A property without ``$ref``; of several forms the list is preferred, else the first."""
    while "$ref" in part:
        target = root.get("$defs", {}).get(part["$ref"].rsplit("/", 1)[-1], {})
        part = {**target, **{key: value for key, value in part.items() if key != "$ref"}}
    if forms := part.get("anyOf") or part.get("oneOf"):
        rest = {key: value for key, value in part.items() if key not in ("anyOf", "oneOf")}
        lists = [form for form in forms if form.get("type") == "array"]
        return {**_resolved((lists or forms)[0], root), **rest}
    if "items" in part:
        part = {**part, "items": _resolved(part["items"], root)}
    return part


def _field(name: str, part: Mapping[str, Any], required: bool) -> Field:
    kind, choices = _kind(part)
    return Field(
        name=name,
        kind=kind,
        help=part.get("description", ""),
        required=required,
        default=part.get("default"),
        choices=choices,
        pattern=part.get("pattern", "") if kind == "text" else "",
        minimum=part.get("minimum"),
        maximum=part.get("maximum"),
        example=next((_example(kind, value) for value in part.get("examples", ())), ""),
    )


def _kind(part: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    if "enum" in part:
        return "choice", tuple(str(value) for value in part["enum"])
    kind = part.get("type")
    if kind == "array":
        items = part.get("items", {})
        if "enum" in items:
            return "choices", tuple(str(value) for value in items["enum"])
        return ("list" if items.get("type") == "string" else "json"), ()
    plain = {"string": "text", "integer": "integer", "number": "number", "boolean": "boolean"}
    return (plain.get(kind, "json") if isinstance(kind, str) else "json"), ()
