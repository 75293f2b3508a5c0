"""The base of every model that a person writes: strict, closed, frozen, and without nulls.

A key is either given or absent. ``null`` is refused, so that the JSON Schema needs no ``anyOf null`` and an editor
does not offer it. Documents are always validated as JSON in strict mode: ``"5"`` is no number, ``1`` no boolean.
"""

import json
from datetime import timedelta
from typing import Any, Self, cast

from pydantic import ConfigDict, Field, model_validator
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

from tasks_service.core.documented import Documented
from tasks_service.core.durations import format_duration


class Document(Documented):
    """A mapping in a manifest."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_null(cls, data: Any) -> Any:
        if isinstance(data, dict):
            for key, value in data.items():
                if value is None and key in cls.model_fields:
                    raise PydanticCustomError(
                        "null_value", "{key} has no value: give one or leave the key out", {"key": str(key)}
                    )
        return data

    def given(self) -> dict[str, Any]:
        """The document as plain JSON, without the keys that are absent."""
        return self.model_dump(mode="json", exclude_none=True)

    def with_changes(self, **changes: Any) -> Self:
        """A copy with some fields replaced; what was derived from the old ones is left behind."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return cast(Self, self.model_construct(**(given | changes)))


def canonical(value: Any) -> str:
    """Plain JSON as one text: equal texts mean the same."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def meanings(*sentences: str) -> Any:
    """What the values of a ``Literal`` mean, in their order; editors show it beside each."""
    return Field(json_schema_extra={"enumDescriptions": list(sentences)})


class SchemaWriter(GenerateJsonSchema):
    """JSON Schema as editors like it: no automatic titles, absent instead of null."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """No automatic titles: they would become headings in an editor's hover."""
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Absent instead of null."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """No ``default: null``."""
        json_schema = super().default_schema(schema)
        if json_schema.get("default", 0) is None:
            json_schema.pop("default")
        return json_schema

    def encode_default(self, dft: Any) -> Any:
        """Durations as people write them."""
        return format_duration(dft) if isinstance(dft, timedelta) else super().encode_default(dft)
