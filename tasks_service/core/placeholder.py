"""Values to begin with: something that fits a JSON Schema, for people to replace."""

from typing import Any

Schema = dict[str, Any]

WORD = "change-me"
_TEXTS = {
    "date": "2030-01-01",
    "date-time": "2030-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "duration": "PT15M",
    "email": "somebody@example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "base64": "Y2hhbmdlLW1l",
}
"""Text that fits a format."""


def placeholder(schema: Schema, definitions: Schema) -> Any:
    """The first of its examples, else its default, else the plainest value that the schema allows as far as it tells.

    What only code checks, or a pattern, it cannot know.
    """
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    for key in ("const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if "$ref" in schema:
        return placeholder(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    for key in ("anyOf", "oneOf", "allOf"):
        if alternatives := [s for s in schema.get(key, []) if s.get("type") != "null"]:
            return placeholder(alternatives[0], definitions)
    return _of_type(schema, definitions)


def _of_type(schema: Schema, definitions: Schema) -> Any:
    match schema.get("type"):
        case "integer" | "number" as kind:
            return _number(schema, whole=kind == "integer")
        case "boolean":
            return False
        case "array":
            return _list(schema, definitions)
        case "object":
            properties = schema.get("properties", {})
            return {name: placeholder(properties.get(name, {}), definitions) for name in schema.get("required", [])}
        case _:
            return _text(schema)


def _text(schema: Schema) -> str:
    text = _TEXTS.get(schema.get("format", ""), WORD)
    return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength", len(text) + 4096)]


def _number(schema: Schema, *, whole: bool) -> int | float:
    """The least number that is allowed, else the greatest, else 1; steps are counted from zero."""
    step = schema.get("multipleOf", 1)
    if (least := schema.get("minimum", schema.get("exclusiveMinimum"))) is not None:
        number = -(-least // step) * step
        if number == schema.get("exclusiveMinimum"):
            number += step
    elif (most := schema.get("maximum", schema.get("exclusiveMaximum"))) is not None:
        number = most // step * step
        if number == schema.get("exclusiveMaximum"):
            number -= step
    else:
        number = step
    return int(number) if whole else number


def _list(schema: Schema, definitions: Schema) -> list[Any]:
    first = [placeholder(inner, definitions) for inner in schema.get("prefixItems", [])]
    missing = max(schema.get("minItems", 0), 1) - len(first)
    items = schema.get("items", {})
    return first + [placeholder(items, definitions) for _ in range(missing)] if items is not False else first
