"""Several jobs at once: one action, one reason, and an answer for each of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from tasks_service.control.views import JobView
from tasks_service.core.errors import InvalidInput, NotFound, OwnedByFile, TasksError
from tasks_service.pages.actions import LENGTHS, until_of
from tasks_service.pages.endpoint import Form
from tasks_service.pages.site import Site, actor

WORDS: Mapping[str, tuple[str, str]] = {
    "pause": ("Pause", "paused"),
    "resume": ("Resume", "resumed"),
    "run": ("Run now", "started"),
    "delete": ("Delete", "deleted"),
}
MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one job: ``problem`` is empty where it worked."""

    job_id: str
    problem: str = ""
    hint: str = ""
    run_id: str = ""


def ask_bulk(site: Site, request: Request) -> Response:
    """``GET /bulk?action=…&job=…``."""
    action = _known(request.query_params.get("action", ""))
    views, missing = _chosen(site, request.query_params.getlist("job"))
    return site.page(
        request,
        "bulk.html",
        action=action,
        words=WORDS[action],
        jobs=views,
        missing=missing,
        lengths=LENGTHS,
        answers=None,
    )


def bulk(site: Site, request: Request, form: Form) -> Response:
    """``POST /bulk``: every job is tried, whatever becomes of the others."""
    action = _known(form.get("action", ""))
    perform = _performer(site, request, form, action)
    answers = [_try(perform, job_id) for job_id in form.getlist("job")[:MOST]]
    return site.page(
        request, "bulk.html", action=action, words=WORDS[action], jobs=[], missing=[], lengths={}, answers=answers
    )


def _performer(site: Site, request: Request, form: Form, action: str) -> Callable[[str], str]:
    panel, who = site.panel, actor(request)
    reason = form.get("reason", "").strip()
    until = until_of(form.get("until", ""), panel.clock.now())

    def perform(job_id: str) -> str:
        if action == "pause":
            panel.overrides.pause(job_id, who, reason=reason, until=until)
        elif action == "resume":
            panel.overrides.resume(job_id, who, reason=reason)
        elif action == "run":
            return panel.runs.run_now(job_id, who, reason=reason, trusted=site.options.trusted).run_id
        else:
            panel.definitions.delete(job_id, who)
        return ""

    return perform


def _try(perform: Callable[[str], str], job_id: str) -> Answer:
    try:
        return Answer(job_id=job_id, run_id=perform(job_id))
    except OwnedByFile as error:
        place = f"{error.path}, line {error.line}" if error.line else error.path
        return Answer(job_id=job_id, problem=error.message, hint=f"edit {place}")
    except TasksError as error:
        return Answer(job_id=job_id, problem=error.message, hint=error.hint)


def _chosen(site: Site, job_ids: list[str]) -> tuple[list[JobView], list[str]]:
    views, missing = [], []
    for job_id in job_ids[:MOST]:
        try:
            views.append(site.panel.catalog.job(job_id))
        except NotFound:
            missing.append(job_id)
    return views, missing


def _known(action: str) -> str:
    if action not in WORDS:
        raise InvalidInput("No action was chosen.", hint="choose pause, resume, run or delete below the list")
    return action
