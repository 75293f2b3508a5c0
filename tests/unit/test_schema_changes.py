"""What has become stricter between two schemas."""

from typing import Any

import pytest

from tasks_service.core.schema_changes import SchemaChange, schema_changes


def schema(*required: str, **properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": list(required)}
    return {
        "type": "object",
        "properties": {"parameters": {"$ref": "#/$defs/x"}},
        "$defs": {"x": parameters},
    }


TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
SIZE = {"enum": ["small", "large"]}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (schema(a=TEXT), schema(), "parameters.a is no known key any more"),
        (schema(a=TEXT), schema("a", a=TEXT), "parameters.a is required now"),
        (schema(), schema("a", a=TEXT), "parameters.a is required now"),
        (schema(a=SIZE), schema(a={"enum": ["small"]}), "parameters.a does not take large any more"),
        (schema(a=TEXT), schema(a=TEXT | SIZE), "parameters.a takes only large, small now"),
        (schema(a=TEXT), schema(a=NUMBER), "parameters.a takes integer now, no string any more"),
        (schema(a={}), schema(a=NUMBER), "parameters.a takes integer now, no other type any more"),
        (schema(a=NUMBER), schema(a=NUMBER | {"minimum": 2}), "parameters.a has minimum 2 now"),
        (
            schema(a=NUMBER | {"maximum": 9}),
            schema(a=NUMBER | {"maximum": 5}),
            "parameters.a has maximum 5 now instead of 9",
        ),
        (schema(a=TEXT), schema(a=TEXT | {"pattern": "^x$"}), "parameters.a must match ^x$ now"),
        (
            schema(a={"type": "array", "items": SIZE}),
            schema(a={"type": "array", "items": {"enum": ["small"]}}),
            "parameters.a[] does not take large any more",
        ),
        (
            schema(a={"type": "object", "additionalProperties": TEXT}),
            schema(a={"type": "object", "additionalProperties": NUMBER}),
            "parameters.a.* takes integer now, no string any more",
        ),
        (
            schema(a={"anyOf": [TEXT, NUMBER]}),
            schema(a={"anyOf": [NUMBER]}),
            "parameters.a takes integer now, no string any more",
        ),
    ],
)
def test_what_is_stricter_is_told_and_the_way_back_is_not(
    before: dict[str, Any], after: dict[str, Any], told: str
) -> None:
    assert [str(change) for change in schema_changes("x.schema.json", before, after)] == [f"x.schema.json: {told}"]
    assert schema_changes("x.schema.json", after, after) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (schema(), schema(a=TEXT)),
        (schema("a", a=TEXT), schema(a=TEXT)),
        (schema(a={"enum": ["small"]}), schema(a=SIZE)),
        (schema(a=NUMBER), schema(a={"type": "number"})),
        (schema(a=NUMBER | {"minimum": 2}), schema(a=NUMBER | {"minimum": 1})),
    ],
)
def test_what_is_milder_breaks_nothing(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert schema_changes("x.schema.json", before, after) == []


def test_a_change_concerns_its_key_and_what_lies_within() -> None:
    change = SchemaChange(schema="x", field="parameters.a[]", message="")

    assert change.concerns("parameters.a[3]")
    assert change.concerns("parameters.a[3].b")
    assert not change.concerns("parameters.a")
    assert not change.concerns("parameters.ab[3]")
