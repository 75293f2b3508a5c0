"""From a page function to a Starlette endpoint: sign-in, forms, and errors as pages."""

import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import ImmutableMultiDict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tasks_service.core.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    SourceUnavailable,
    StoreUnavailable,
    TasksError,
)
from tasks_service.pages.site import Site

log = logging.getLogger(__name__)

Form = ImmutableMultiDict[str, str]
View = Callable[[Site, Request], Response]
Action = Callable[[Site, Request, Form], Response]
Endpoint = Callable[[Request], Awaitable[Response]]
STATUS: Mapping[type[TasksError], int] = {
    InvalidInput: 422,
    NotFound: 404,
    Conflict: 409,
    Forbidden: 403,
    SourceUnavailable: 503,
    StoreUnavailable: 503,
}
TITLES: Mapping[int, str] = {
    403: "Not allowed here",
    404: "Nothing here",
    405: "Not this way",
    409: "The present state forbids it",
    422: "Something in it is wrong",
    500: "Something broke on our side",
    503: "The service cannot answer now",
}


def endpoint(site: Site, view: View, action: Action | None = None) -> Endpoint:
    """GET shows ``view``, POST carries out ``action``; who may come in was decided before."""

    def perform(request: Request, form: Form | None) -> Response:
        # Before all reads, so that the stream of the page that is answered begins with what the page cannot know yet.
        request.state.seen = site.panel.journal.last_seq()
        return view(site, request) if form is None or action is None else action(site, request, form)

    async def answer(request: Request) -> Response:
        try:
            form = await _form(request) if request.method == "POST" else None
            return await run_in_threadpool(perform, request, form)
        except HTTPException as error:
            return failure(site, request, error.status_code, error.detail)
        except TasksError as error:
            return await run_in_threadpool(refusal, site, request, error)
        except Exception as error:
            log.exception("a page failed", extra={"event": "page.failed", "path": request.url.path})
            mask = site.options.details
            stack = mask("".join(traceback.format_exception(error))) if mask else ""
            message = "The log of the service says what happened; nothing was changed."
            return failure(site, request, 500, message, stack=stack)

    return answer


def refusal(site: Site, request: Request, error: TasksError) -> Response:
    """An error of the core as a page: what, where, and what to do."""
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    findings = error.diagnostics if isinstance(error, InvalidInput) else ()
    return failure(site, request, status, error.message, error.hint, findings)


def failure(
    site: Site,
    request: Request,
    status: int,
    message: str,
    hint: str = "",
    findings: tuple[object, ...] = (),
    stack: str = "",
) -> Response:
    """An error page. It asks the panel for nothing, because the panel may be what failed."""
    title = TITLES.get(status, "That did not work")
    told = {"code": status, "message": message, "hint": hint, "findings": findings, "stack": stack}
    return site.render(request, "error.html", status, title=title, **told)


async def _form(request: Request) -> Form:
    body = (await request.body()).decode("utf-8", "replace")
    return ImmutableMultiDict(parse_qsl(body, keep_blank_values=True))
