"""Endpoints: a function whose signature says what it reads and what it answers.

The parameters are ``ask``, then ``query`` and ``body`` where it has them, then the parts of the path. Query, body and
answer are pydantic models: requests are checked against them, and the OpenAPI document is made from them. A function
runs in the thread pool; a coroutine, for streams and instant answers, on the loop.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import UnionType
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tasks_service.api.options import Options
from tasks_service.api.principal import Principal, principal_of
from tasks_service.api.problems import Refused
from tasks_service.api.reading import invalid, read_model, read_object, read_query
from tasks_service.control.panel import Panel
from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.errors import InvalidInput, NotFound

S = TypeVar("S")

JSON = "application/json"
TEXT = "text/plain"
OPENMETRICS = "application/openmetrics-text"
STREAM = "text/event-stream"
BYTES = "application/octet-stream"
LONGEST_KEY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request as an endpoint sees it."""

    panel: Panel
    options: Options
    principal: Principal
    headers: Headers
    media_type: str
    """Of the body, without its parameters."""

    @property
    def idempotency_key(self) -> str:
        """What the caller names this write, so that it may be repeated; empty where it has no name."""
        key = self.headers.get("idempotency-key", "").strip()
        if len(key) > LONGEST_KEY or not key.isprintable():
            raise InvalidInput(f"an Idempotency-Key has at most {LONGEST_KEY} printable characters")
        return key


@dataclass(frozen=True, slots=True)
class Answer(Generic[S]):
    """What an endpoint answers as JSON."""

    content: S
    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What an endpoint reads.

    ``reads`` is a model, ``dict`` for a JSON object that a desk checks, or ``bytes``; ``shows`` is the model that the
    OpenAPI document shows.
    """

    reads: Any
    shows: type[BaseModel]
    consumes: tuple[str, ...]

    @property
    def optional(self) -> bool:
        """Whether an empty body will do."""
        return self.reads is self.shows and not any(f.is_required() for f in self.shows.model_fields.values())

    def read(self, body: bytes, media_type: str) -> Any:
        """The body as the endpoint wants it."""
        if not body and self.optional:
            return self.shows()
        if not body:
            hint = f"send {' or '.join(self.consumes)}"
            raise invalid([Diagnostic(rule="JM011", message="the body is missing", hint=hint)])
        if media_type not in self.consumes and not (JSON in self.consumes and media_type.endswith("+json")):
            raise Refused(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                f"a body of type {media_type!r} is not read here" if media_type else "the type of the body is missing",
                hint=f"send Content-Type: {' or '.join(self.consumes)}",
            )
        if self.reads is bytes:
            return body
        return read_object(body) if self.reads is dict else read_model(self.reads, body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One method of one address."""

    handle: Callable[..., Any]
    query: type[BaseModel] | None
    body: Body | None
    answer: Any
    """The model of the answer; None where it is not JSON."""
    statuses: tuple[int, ...]
    """Those of success."""
    errors: tuple[int, ...]
    produces: tuple[str, ...]

    async def respond(self, request: Request, panel: Panel, options: Options) -> Response:
        """Read the request, call the function, write the answer."""
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        ask = Ask(
            panel=panel,
            options=options,
            principal=principal_of(request.scope),
            headers=request.headers,
            media_type=media_type,
        )
        arguments = _path_arguments(request)
        if self.query is not None:
            arguments["query"] = read_query(self.query, request.query_params.multi_items())
        if self.body is not None:
            arguments["body"] = self.body.read(await request.body(), media_type)
        if inspect.iscoroutinefunction(self.handle):
            result = await self.handle(ask, **arguments)
        else:
            result = await run_in_threadpool(self.handle, ask, **arguments)
        return result if isinstance(result, Response) else _json(result)


def endpoint(
    *,
    statuses: tuple[int, ...] = (200,),
    errors: tuple[int, ...] = (),
    consumes: tuple[str, ...] = (JSON,),
    produces: tuple[str, ...] = (JSON,),
) -> Callable[[Callable[..., Any]], Endpoint]:
    """Make an endpoint of a function; its docstring is its description."""

    def made(handle: Callable[..., Any]) -> Endpoint:
        hints = get_type_hints(handle, include_extras=True)
        return Endpoint(
            handle=handle,
            query=hints.get("query"),
            body=_body(hints["body"], consumes) if "body" in hints else None,
            answer=_answer(hints["return"]),
            statuses=statuses,
            errors=errors,
            produces=produces,
        )

    return made


class Resource:
    """An address as an ASGI application: it dispatches by method, and names them all where it has not the one asked.

    Routes are made without methods: otherwise a later route that fits the address as well would answer for it.
    """

    def __init__(self, methods: Mapping[str, Endpoint], panel: Panel, options: Options) -> None:
        self._methods = methods
        self._panel = panel
        self._options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        endpoint = self._methods.get("GET" if scope["method"] == "HEAD" else scope["method"])
        if endpoint is None:
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(self._allowed())})
        response = await endpoint.respond(Request(scope, receive), self._panel, self._options)
        if scope["method"] == "HEAD":  # A stream has no end to wait for.
            response = _head_of(response)
        await response(scope, receive, send)

    def _allowed(self) -> list[str]:
        return [*self._methods, *(["HEAD"] if "GET" in self._methods else [])]


def _path_arguments(request: Request) -> dict[str, Any]:
    for value in request.path_params.values():
        if not str(value).isprintable():
            raise NotFound("nothing has a name with control characters")
    return dict(request.path_params)


def _head_of(response: Response) -> Response:
    head = Response(status_code=response.status_code)
    head.raw_headers = response.raw_headers
    return head


def _json(answer: Answer[Any]) -> Response:
    return Response(to_json(answer.content), status_code=answer.status, headers=dict(answer.headers), media_type=JSON)


def _body(hint: Any, consumes: tuple[str, ...]) -> Body:
    """``Annotated[what is read, what is shown]``, or one model for both."""
    if get_origin(hint) is not Annotated:
        return Body(reads=hint, shows=hint, consumes=consumes)
    reads, shows = get_args(hint)
    return Body(reads=get_origin(reads) or reads, shows=shows, consumes=consumes)


def _answer(hint: Any) -> Any:
    parts = get_args(hint) if get_origin(hint) is UnionType else (hint,)
    return next((get_args(part)[0] for part in parts if get_origin(part) is Answer), None)
