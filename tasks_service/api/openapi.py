"""The OpenAPI 3.1 document, made from the route table: pydantic gives the schemas, the rest is a dictionary."""

import re
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from tasks_service.api.endpoint import BYTES, OPENMETRICS, STREAM, Endpoint
from tasks_service.api.shapes.problem import ProblemShape
from tasks_service.core.document import SchemaWriter

Table = Mapping[str, Mapping[str, Endpoint]]
Document = dict[str, Any]

_REF = "#/components/schemas/{model}"
_PROBLEM = "application/problem+json"
_ALWAYS = (401, 403, 429, 503)
"""What the guards and the database may answer anywhere but on the open addresses."""
_WITH_BODY = (400, 408, 413, 415, 422)


def document(table: Table, version: str, open_paths: frozenset[str]) -> Document:
    """The document for all routes of the table; those of ``open_paths`` need no key."""
    schemas = _schemas(table)
    paths = {
        path: {
            method.lower(): _operation(path, endpoint, schemas, locked=path not in open_paths)
            for method, endpoint in methods.items()
        }
        for path, methods in table.items()
    }
    for model in {e.query for e in _endpoints(table) if e.query}:
        schemas.pop(model.__name__)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "InsightMesh Tasks Service",
            "version": version,
            "description": "Jobs that live as YAML files, their runs, and what people decide about them.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in sorted({_tag(path) for path in table})],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def _endpoints(table: Table) -> Iterator[Endpoint]:
    for methods in table.values():
        yield from methods.values()


def _schemas(table: Table) -> Document:
    """The components: what is read as editors like it, what is answered as it is written."""
    read = [m for e in _endpoints(table) for m in (e.query, e.body.shows if e.body else None) if m]
    written = [e.answer for e in _endpoints(table) if isinstance(e.answer, type) and issubclass(e.answer, BaseModel)]
    _, reading = models_json_schema(
        [(m, "validation") for m in _unique(read)], ref_template=_REF, schema_generator=SchemaWriter
    )
    _, writing = models_json_schema(
        [(m, "serialization") for m in _unique([*written, ProblemShape])], ref_template=_REF
    )
    return {**writing["$defs"], **reading["$defs"]}


def _unique(models: Iterable[type[BaseModel]]) -> list[type[BaseModel]]:
    return list(dict.fromkeys(models))


def _operation(path: str, endpoint: Endpoint, schemas: Document, *, locked: bool) -> Document:
    summary, _, more = (endpoint.handle.__doc__ or "").strip().partition("\n")
    operation: Document = {
        "operationId": _operation_id(endpoint),
        "tags": [_tag(path)],
        "summary": summary.replace("``", ""),  # plain text, unlike the description
        "parameters": [*_path_parameters(path), *_query_parameters(endpoint, schemas)],
        "responses": _responses(endpoint, locked=locked),
    }
    if more.strip():
        operation["description"] = " ".join(more.split())
    if endpoint.body:
        content = {kind: _content(kind, endpoint.body.shows) for kind in endpoint.body.consumes}
        operation["requestBody"] = {"required": not endpoint.body.optional, "content": content}
    if locked:
        operation["security"] = [{"bearer": []}, {"header": []}, {}]
    return operation


def _content(kind: str, model: type[BaseModel]) -> Document:
    return {"schema": {"type": "string"} if kind == "text/plain" else _ref(model)}


def _operation_id(endpoint: Endpoint) -> str:
    module = endpoint.handle.__module__.rpartition(".")[2]
    return f"{module}_{endpoint.handle.__name__}"


def _tag(path: str) -> str:
    parts = path.strip("/").split("/")
    return parts[1] if parts[0] == "api" else parts[0]


def _path_parameters(path: str) -> list[Document]:
    names = re.findall(r"\{(\w+)\}", path)
    return [{"name": n, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}} for n in names]


def _query_parameters(endpoint: Endpoint, schemas: Document) -> list[Document]:
    if endpoint.query is None:
        return []
    model = schemas[endpoint.query.__name__]
    required = model.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in model.get("properties", {}).items()
    ]


def _responses(endpoint: Endpoint, *, locked: bool) -> Document:
    answers = {str(status): _success(endpoint, status) for status in endpoint.statuses}
    failures = {*endpoint.errors, *(_ALWAYS if locked else ()), *(_WITH_BODY if endpoint.body else ())}
    if endpoint.query:
        failures.add(422)
    problems = {str(s): _response(s, {_PROBLEM: {"schema": _ref(ProblemShape)}}) for s in sorted(failures)}
    return {**problems, **answers}


def _success(endpoint: Endpoint, status: int) -> Document:
    return _response(status, {kind: _answered(endpoint, kind) for kind in endpoint.produces})


def _answered(endpoint: Endpoint, kind: str) -> Document:
    if kind in (STREAM, BYTES):
        return {}  # OpenAPI 3.1 has no words for the parts of a stream, and needs none for bytes.
    text = kind.startswith("text/") or kind == OPENMETRICS
    return {"schema": {"type": "string"} if text else _answer(endpoint.answer)}


def _response(status: int, content: Document) -> Document:
    return {"description": HTTPStatus(status).phrase, "content": content}


def _answer(answer: Any) -> Document:
    if isinstance(answer, type) and issubclass(answer, BaseModel):
        return _ref(answer)
    return {"type": "object"}


def _ref(model: type[BaseModel]) -> Document:
    name = re.sub(r"[^a-zA-Z0-9.\-_]", "_", model.__name__)
    return {"$ref": _REF.format(model=name)}
