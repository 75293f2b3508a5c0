"""Problems: every error leaves as ``application/problem+json`` (RFC 9457), with one sentence and what to do."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ExceptionHandler

from tasks_service.api import tracing
from tasks_service.api.shapes.findings import FindingShape
from tasks_service.core.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    OwnedByFile,
    SourceUnavailable,
    StoreUnavailable,
    TasksError,
)

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5

_KINDS: tuple[tuple[type[TasksError], str, HTTPStatus], ...] = (
    (OwnedByFile, "owned-by-file", HTTPStatus.CONFLICT),
    (Conflict, "conflict", HTTPStatus.CONFLICT),
    (NotFound, "not-found", HTTPStatus.NOT_FOUND),
    (InvalidInput, "invalid-input", HTTPStatus.UNPROCESSABLE_ENTITY),
    (Forbidden, "forbidden", HTTPStatus.FORBIDDEN),
    (SourceUnavailable, "source-unavailable", HTTPStatus.SERVICE_UNAVAILABLE),
    (StoreUnavailable, "store-unavailable", HTTPStatus.SERVICE_UNAVAILABLE),
)

_SENTENCES: dict[int, tuple[str, str]] = {
    404: ("nothing is at this address", "GET /openapi.json lists all addresses"),
    405: ("this address does not take that method", "the Allow header lists those it takes"),
}


class ProblemJson(JSONResponse):
    """A response with a problem in it."""

    media_type = "application/problem+json"


class Refused(TasksError):
    """A request that HTTP itself forbids; ``status`` and ``kind`` say why."""

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        message: str,
        *,
        hint: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.kind = kind
        self.headers = dict(headers or {})


def problem(
    status: HTTPStatus,
    kind: str,
    error: str,
    *,
    hint: str = "",
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> ProblemJson:
    """A problem document. ``error`` is one sentence for people; ``hint`` says what to do."""
    request_id = tracing.current().get("request")
    content = {
        "type": f"urn:problem-type:tasks:{kind}",
        "title": status.phrase,
        "status": status.value,
        "detail": f"{error}; {hint}" if hint else error,
        "error": error,
        "hint": hint,
        **({"request_id": request_id} if request_id else {}),
        **more,
    }
    return ProblemJson(content, status_code=status.value, headers=dict(headers or {}))


def of_error(error: TasksError) -> ProblemJson:
    """The problem that tells of an error of the core."""
    if isinstance(error, Refused):
        return problem(error.status, error.kind, error.message, hint=error.hint, headers=error.headers)
    kind, status = _classify(error)
    more: dict[str, Any] = {}
    if isinstance(error, OwnedByFile):
        more = {"file": error.path, "line": error.line}
    if isinstance(error, InvalidInput):
        more = {"diagnostics": [FindingShape.of(found).model_dump() for found in error.diagnostics]}
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return problem(status, kind, error.message, hint=error.hint, headers=headers, **more)


def of_http(error: HTTPException) -> ProblemJson:
    """The problem that tells of an error of the router."""
    status = HTTPStatus(error.status_code)
    message, hint = _SENTENCES.get(status, (str(error.detail), ""))
    kind = status.phrase.lower().replace(" ", "-")
    return problem(status, kind, message, hint=hint, headers=error.headers)


def _classify(error: TasksError) -> tuple[str, HTTPStatus]:
    for cls, kind, status in _KINDS:
        if isinstance(error, cls):
            return kind, status
    return "refused", HTTPStatus.BAD_REQUEST


async def _on_error(_request: Request, error: Exception) -> Response:
    if isinstance(error, StoreUnavailable):
        logger.error("the database does not answer: %s", error.message, extra={"event": "api.store_unavailable"})
    return of_error(error) if isinstance(error, TasksError) else of_http(_as_http(error))


def _as_http(error: Exception) -> HTTPException:
    return error if isinstance(error, HTTPException) else HTTPException(500)


HANDLERS: Mapping[Any, ExceptionHandler] = {TasksError: _on_error, HTTPException: _on_error}
"""For Starlette's ``exception_handlers``."""
