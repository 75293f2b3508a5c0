"""JSON Schemas of manifests for editors and CI, made from the job types.

One schema for each type, one for calendars, and an aggregate for all. Each choice (kind, job type, trigger) is an
``if``/``then`` and no ``oneOf``: so an editor reports the one error that was made, and not those of every alternative.

Law: what a schema refuses, validation refuses; what validation accepts, the schemas accept.
"""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from tasks_service.core.calendar import KIND, CalendarManifest
from tasks_service.core.document import Document, SchemaWriter
from tasks_service.core.jobtype import JobType, JobTypes
from tasks_service.core.manifest import JobManifest
from tasks_service.core.schedule import CRON_FIELDS
from tasks_service.core.shape import models_at, tags_of

JsonSchema = dict[str, Any]

AGGREGATE = "job.schema.json"
CALENDAR = "calendar.schema.json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SUFFIX = ".schema.json"


class _NullableSchemaWriter(SchemaWriter):
    """For the parameters of models that are no ``Document``: they decide for themselves whether null is a value."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """A value or null."""
        return GenerateJsonSchema.nullable_schema(self, schema)


def schema_files(types: JobTypes) -> dict[str, str]:
    """The text of every schema file by its name."""
    schemas = {AGGREGATE: _aggregate(types), CALENDAR: _calendar()}
    schemas |= {f"{t.name}{_SUFFIX}": _of_one_type(t) for t in types.values()}
    return {name: json.dumps(s, indent=2, ensure_ascii=False) + "\n" for name, s in sorted(schemas.items())}


def _aggregate(types: JobTypes) -> JsonSchema:
    ordered = [types[name] for name in sorted(types)]
    schema = _manifest_schema("A job", [_snippet(t) for t in ordered])
    schema["properties"]["job_type"] |= {
        "enum": [t.name for t in ordered],
        "enumDescriptions": [t.description for t in ordered],
    }
    schema["allOf"] += [_when("job_type", t.name, _parameters_part(t)) for t in ordered]
    schema["$defs"] |= {_definition(t): _parameters(t) for t in ordered}
    return _either(schema, _calendar())


def _either(job: JsonSchema, calendar: JsonSchema) -> JsonSchema:
    """Both kinds, since both may stand in one file; ``kind`` decides which errors are told."""
    definitions = job.pop("$defs") | calendar.pop("$defs")
    snippets = [*job.pop("defaultSnippets"), *calendar.pop("defaultSnippets")]
    for schema in (job, calendar):
        schema.pop("$schema")
    return {
        "$schema": _DIALECT,
        "title": "A job or a calendar",
        **_when("kind", KIND, {"$ref": "#/$defs/CalendarManifest"}),
        "else": {"$ref": "#/$defs/JobManifest"},
        "defaultSnippets": snippets,
        "$defs": definitions | {"JobManifest": job, "CalendarManifest": calendar},
    }


def _calendar() -> JsonSchema:
    schema = CalendarManifest.model_json_schema(schema_generator=SchemaWriter)
    _polish(schema)
    body = {
        "kind": KIND,
        "calendar_id": "${1:holidays}",
        "dates": [{"date": "${2:2026-12-25}", "label": "${3:Christmas}"}],
    }
    snippet = {
        "label": KIND,
        "description": "Times in which jobs are skipped, or in which alone they run.",
        "body": body,
    }
    return {"$schema": _DIALECT, "title": "A calendar", **schema, "defaultSnippets": [snippet]}


def _of_one_type(job_type: JobType) -> JsonSchema:
    schema = _manifest_schema(f"A job of type {job_type.name}", [_snippet(job_type)])
    schema["description"] = job_type.description
    schema["properties"]["job_type"] |= {"const": job_type.name}
    part = _parameters_part(job_type)
    schema["properties"] |= part["properties"]
    schema["required"] += part.get("required", [])
    schema["$defs"] |= {_definition(job_type): _parameters(job_type)}
    return schema


def _manifest_schema(title: str, snippets: list[JsonSchema]) -> JsonSchema:
    """The schema of what all manifests share."""
    schema = JobManifest.model_json_schema(schema_generator=SchemaWriter)
    _polish(schema)
    schema["properties"]["schedule"] = _schedule()
    _tighten(schema["$defs"])
    needs_reason = {"required": ["suspend_reason"], "properties": {"suspend_reason": {"minLength": 1}}}
    schema["allOf"] = [_when("suspend", True, needs_reason)]
    return {"$schema": _DIALECT, "title": title, **schema, "defaultSnippets": snippets}


def _tighten(definitions: JsonSchema) -> None:
    """Rules between keys, as far as a schema can state them with a clear error."""
    fields = ["expression", *CRON_FIELDS]
    definitions["Cron"] |= {
        "anyOf": [{"required": [name]} for name in fields],
        "dependentSchemas": {"expression": {"properties": dict.fromkeys(CRON_FIELDS, False)}},
    }
    units = ("weeks", "days", "hours", "minutes", "seconds")
    definitions["Interval"] |= {"anyOf": [{"required": [name]} for name in units]}


def _schedule() -> JsonSchema:
    """Keys by trigger, where pydantic writes a ``oneOf``."""
    members = {tag: model for model in models_at(JobManifest, ("schedule",)) for tag in tags_of(model)}
    return {
        "type": "object",
        "description": "When the job runs.",
        "required": ["trigger"],
        "properties": {
            "trigger": {
                "enum": list(members),
                "enumDescriptions": [_plain(model.__doc__ or "") for model in members.values()],
            }
        },
        "allOf": [_when("trigger", tag, {"$ref": f"#/$defs/{model.__name__}"}) for tag, model in members.items()],
    }


def _when(key: str, value: str | bool, then: JsonSchema) -> JsonSchema:
    """``type: object`` stands in the ``if`` because a value that is no mapping would match it otherwise."""
    return {"if": {"type": "object", "required": [key], "properties": {key: {"const": value}}}, "then": then}


def _definition(job_type: JobType) -> str:
    return f"{job_type.name}_parameters"


def _parameters_part(job_type: JobType) -> JsonSchema:
    part: JsonSchema = {"properties": {"parameters": {"$ref": f"#/$defs/{_definition(job_type)}"}}}
    return part | {"required": ["parameters"]} if job_type.required_params else part


def _parameters(job_type: JobType) -> JsonSchema:
    """The schema of a type's parameters; its own definitions stay inside, so that names cannot clash."""
    model: type[BaseModel] = job_type.params
    schema = model.model_json_schema(
        ref_template=f"#/$defs/{_definition(job_type)}/$defs/{{model}}",
        schema_generator=SchemaWriter if issubclass(model, Document) else _NullableSchemaWriter,
    )
    if model.model_config.get("extra") != "allow" and "properties" in schema:
        schema["additionalProperties"] = False
    _polish(schema)
    return schema


def _polish(schema: JsonSchema) -> None:
    """Drop what editors and checkers misread."""
    for part in _parts(schema):
        if isinstance(part.get("title"), str):
            part.pop("title")  # made from the name of a class: an editor would show it as a heading
        if isinstance(part.get("format"), str):
            part.pop("format")  # checkers and pydantic differ over formats, and a schema may only be the milder one
        if isinstance(part.get("description"), str):
            part["description"] = _plain(part["description"])


def _parts(value: Any) -> Iterator[JsonSchema]:
    """A schema and all schemas within it; the data within it is left out."""
    if isinstance(value, dict):
        yield value
        for key, inner in value.items():
            if key not in ("default", "examples", "const", "enum"):
                yield from _parts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _parts(inner)


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("``", "'")


def _snippet(job_type: JobType) -> JsonSchema:
    """What an editor offers in an empty file."""
    parameters = {name: f"${{{number}:{name}}}" for number, name in enumerate(job_type.required_params, start=2)}
    body: JsonSchema = {
        "job_id": "${1:my_job}",
        "job_type": job_type.name,
        "schedule": {"trigger": "cron", "expression": "0 2 * * *"},
    }
    if parameters:
        body["parameters"] = parameters
    return {"label": job_type.name, "description": job_type.description, "body": body}
