"""Reading: from the bytes of a request to checked data, or to findings that say what is wrong where."""

from datetime import UTC, datetime
from http import HTTPStatus
from math import isfinite
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError, from_json

from tasks_service.api.problems import Refused
from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.documented import Documented
from tasks_service.core.errors import InvalidInput
from tasks_service.core.pydantic_findings import findings_of

M = TypeVar("M", bound=BaseModel)

_FIRST_YEAR, _LAST_YEAR = 1970, 2200


def in_utc(moment: datetime) -> datetime:
    """A moment in UTC, within the years that every store can keep; without an offset it is UTC already."""
    if not _FIRST_YEAR < moment.year < _LAST_YEAR:
        raise PydanticCustomError("moment", "a time lies between the years 1971 and 2199")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _read_instant(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise PydanticCustomError("moment", "a time is ISO 8601 with an offset, such as 2026-12-24T18:00:00+01:00")
    return in_utc(moment)


Instant = Annotated[datetime, BeforeValidator(_read_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
"""A moment with an offset, given as ISO 8601; UTC once read."""

Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=200)]
"""A short text without control characters."""

Prose = Annotated[str, StringConstraints(max_length=2000)]


class Query(Documented):
    """The base of all query strings: an unknown name is an error, for a typo would else list everything."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Paging(Query):
    """Which part of a list."""

    limit: Annotated[int, Field(ge=1, le=500)] = 50
    """The most items to answer with."""
    cursor: Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,200}$")] | None = None
    """``next_cursor`` of the part before."""


def read_json(body: bytes) -> Any:
    """The JSON value in a body; refuses what the stores could not keep."""
    try:
        value = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise Refused(
            HTTPStatus.BAD_REQUEST, "malformed-json", f"the body is no JSON: {error}", hint="send JSON in UTF-8"
        ) from error
    _refuse_unstorable(value)
    return value


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body."""
    value = read_json(body)
    if not isinstance(value, dict):
        raise invalid([Diagnostic(rule="JM004", message="the body is not a JSON object")])
    return value


def read_model(model: type[M], body: bytes) -> M:
    """A body as a request model."""
    document = read_object(body)
    empty = [key for key, value in document.items() if value is None]
    if empty:
        raise invalid([_no_value(key) for key in empty])
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise invalid(_diagnose(error, document, model)) from error


def read_query(model: type[M], pairs: list[tuple[str, str]]) -> M:
    """A query string as a model; a name that is given twice becomes a list."""
    values: dict[str, Any] = {}
    for name, value in pairs:
        if "\0" in name + value:
            raise invalid([Diagnostic(rule="JM012", message="a NUL character is not allowed", field="query")])
        values[name] = _append(values[name], value) if name in values else value
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise invalid(_diagnose(error, values, model)) from error


def invalid(diagnostics: list[Diagnostic]) -> InvalidInput:
    """The error that carries findings."""
    first = diagnostics[0]
    more = f", and {len(diagnostics) - 1} more" if len(diagnostics) > 1 else ""
    return InvalidInput(f"{first.message}{more}", hint=first.hint, diagnostics=diagnostics)


def _append(old: Any, new: str) -> list[str]:
    return [*old, new] if isinstance(old, list) else [old, new]


def _no_value(key: str) -> Diagnostic:
    return Diagnostic(rule="JM015", message=f"{key} has no value", hint="give one or leave the key out", field=key)


def _diagnose(error: ValidationError, document: Any, model: type[BaseModel]) -> list[Diagnostic]:
    return [
        Diagnostic(rule=found.rule, message=found.message, hint=found.hint, field=found.field)
        for found in findings_of(error, document, model)
    ]


def _refuse_unstorable(value: Any) -> None:
    """NUL is no text for PostgreSQL, and infinity no number for JSON."""
    if isinstance(value, dict):
        for key, inner in value.items():
            _refuse_unstorable(key)
            _refuse_unstorable(inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_unstorable(inner)
    elif isinstance(value, str) and "\0" in value:
        raise invalid([Diagnostic(rule="JM012", message="a NUL character is not allowed")])
    elif isinstance(value, float) and not isfinite(value):
        raise invalid([Diagnostic(rule="JM012", message="a number is too large")])
