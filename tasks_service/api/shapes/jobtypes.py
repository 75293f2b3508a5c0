"""Job types as JSON."""

from typing import Any, Self

from pydantic import Field

from tasks_service.api.shapes.base import Json, Shape
from tasks_service.control.views import JobTypeView


class ParameterShape(Shape):
    """One parameter of a job type."""

    type: str
    required: bool
    default: Any = None
    description: str


class JobTypeShape(Shape):
    """A job type: its parameters as a list and as a JSON Schema."""

    name: str
    """For people."""
    job_type: str
    """For manifests."""
    description: str
    required_params: list[str]
    optional_params: list[str]
    preflight: bool
    """Whether it can tell if a run would be able to work."""
    dry_run: bool
    """Whether it can tell what a run would do, without doing it."""
    parameters: dict[str, ParameterShape]
    json_schema: Json = Field(serialization_alias="schema")

    @classmethod
    def of(cls, view: JobTypeView) -> Self:
        """A job type of the catalog."""
        properties = view.schema.get("properties", {})
        names = (*view.required_params, *view.optional_params)
        return cls(
            name=view.title,
            job_type=view.name,
            description=view.description,
            required_params=list(view.required_params),
            optional_params=list(view.optional_params),
            preflight=view.preflight,
            dry_run=view.dry_run,
            parameters={n: _parameter(properties.get(n, {}), n in view.required_params) for n in names},
            json_schema=dict(view.schema),
        )


def _parameter(schema: Json, required: bool) -> ParameterShape:
    return ParameterShape(
        type=_kind(schema),
        required=required,
        default=schema.get("default"),
        description=schema.get("description", ""),
    )


def _kind(schema: Json) -> str:
    """The type in a word or two: ``array of string``, ``string or integer``."""
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return " or ".join(dict.fromkeys(_kind(option) for option in options))
    kind = schema.get("type", "string" if "enum" in schema else "any")
    if kind == "array" and isinstance(schema.get("items"), dict):
        return f"array of {_kind(schema['items'])}"
    return str(kind)
