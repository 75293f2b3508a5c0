"""The wizard for a new job: type, parameters, schedule, review. The form carries all answers; the server keeps none."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tasks_service.control.views import JobTypeView, Verdict
from tasks_service.core.diagnostics import Diagnostic, errors
from tasks_service.core.errors import InvalidInput, NotFound
from tasks_service.core.preview import Preview
from tasks_service.pages import editor
from tasks_service.pages.endpoint import Form
from tasks_service.pages.faults import Faults, placed_at
from tasks_service.pages.paramform import Field, fields, parameters
from tasks_service.pages.scheduleform import DEFAULTS, EXAMPLES, TRIGGERS, UNITS, schedule, shown
from tasks_service.pages.scheduleform import PREFIX as SCHEDULE_PREFIX
from tasks_service.pages.site import Site

STEPS: Mapping[str, str] = {"type": "Type", "parameters": "Parameters", "schedule": "Schedule", "review": "Review"}
FIRES_SHOWN = 5
_ANY_SCHEDULE = {"trigger": "interval", "hours": 1}
"""Stands in while the parameters are checked and no schedule is chosen yet."""


def ask_type(site: Site, request: Request) -> Response:
    """``GET /tasks/new``: the types, or with ``type`` the first form."""
    types = site.panel.catalog.job_types()
    chosen = request.query_params.get("type", "")
    if not chosen:
        return site.page(request, "wizard_type.html", steps=STEPS, step="type", types=types)
    return _show(site, request, _type(types, chosen), Form(), "parameters", [])


def proceed(site: Site, request: Request, form: Form) -> Response:
    """``POST /tasks/new``: ``go`` names the step to show, or ``create`` or ``download``."""
    go = form.get("go", "parameters")
    if go in ("create", "download"):
        return editor.finish(site, request, form, go)
    job_type = _type(site.panel.catalog.job_types(), form.get("job_type", ""))
    if go == "parameters":
        return _show(site, request, job_type, form, "parameters", [])
    problems = _problems_of_parameters(site, job_type, form)
    if problems:
        return _show(site, request, job_type, form, "parameters", problems)
    if go == "schedule":
        return _show(site, request, job_type, form, "schedule", [])
    return _review(site, request, job_type, form)


def preview(site: Site, request: Request, form: Form) -> Response:
    """``POST /tasks/new/preview``: the fires of the schedule in the form, as a fragment."""
    found, problems = _preview(site, form)
    return site.render(request, "fires.html", preview=found, preview_problems=problems)


def document(job_type: JobTypeView, form: Form) -> tuple[dict[str, Any], dict[str, str]]:
    """The manifest that the form describes, and a sentence about each parameter that cannot be read."""
    values, unreadable = parameters(fields(job_type.schema), form)
    found: dict[str, Any] = {"job_id": form.get("job_id", "").strip(), "job_type": job_type.name}
    found |= {name: text for name in ("description", "owner") if (text := form.get(name, "").strip())}
    found["schedule"] = schedule(form)
    if values:
        found["parameters"] = values
    return found, unreadable


def _problems_of_parameters(site: Site, job_type: JobTypeView, form: Form) -> list[Diagnostic]:
    draft, unreadable = document(job_type, form)
    if unreadable:
        return [
            Diagnostic(rule="JM012", message=sentence, field=f"parameters.{name}")
            for name, sentence in unreadable.items()
        ]
    verdict = site.panel.definitions.check({**draft, "schedule": _ANY_SCHEDULE})
    return errors(verdict.problems)


def _review(site: Site, request: Request, job_type: JobTypeView, form: Form) -> Response:
    draft, _ = document(job_type, form)
    verdict: Verdict = site.panel.definitions.check(draft)
    if verdict.manifest is None:
        return _show(site, request, job_type, form, "schedule", list(verdict.problems))
    return editor.show(
        site,
        request,
        "wizard_review.html",
        verdict.yaml,
        verdict.problems,
        step="review",
        steps=STEPS,
        job_type=job_type,
        carried=form.multi_items(),
    )


def _show(
    site: Site, request: Request, job_type: JobTypeView, form: Form, step: str, problems: Sequence[Diagnostic]
) -> Response:
    found, unreadable = _preview(site, form) if step == "schedule" else (None, [])
    known = fields(job_type.schema)
    return site.page(
        request,
        f"wizard_{step}.html",
        422 if problems else 200,
        steps=STEPS,
        step=step,
        job_type=job_type,
        fields=known,
        texts=_texts(known, form),
        form=form,
        carried=form.multi_items(),
        schedule=shown(form),
        triggers=TRIGGERS,
        units=UNITS,
        examples=EXAMPLES,
        timezone=site.panel.status.scheduler().timezone,
        preview=found,
        preview_problems=unreadable,
        faults=_faults(step, known, form, problems),
    )


def _faults(step: str, known: Sequence[Field], form: Form, problems: Sequence[Diagnostic]) -> Faults:
    names = {"job_id", "description", "owner", *(field.key for field in known)}
    if step == "schedule":
        names = {SCHEDULE_PREFIX + name for name in DEFAULTS}
    return placed_at(problems, names, shown(form)["trigger"])


def _texts(known: Sequence[Field], form: Form) -> dict[str, list[str]]:
    filled = bool(form.get("seen"))
    return {field.name: form.getlist(field.key) if filled else field.initial() for field in known}


def _preview(site: Site, form: Form) -> tuple[Preview | None, list[str]]:
    try:
        return site.panel.previews.of_draft(schedule(form), FIRES_SHOWN), []
    except InvalidInput as error:
        return None, [d.message for d in error.diagnostics] or [error.message]


def _type(types: Sequence[JobTypeView], name: str) -> JobTypeView:
    for job_type in types:
        if job_type.name == name:
            return job_type
    raise NotFound(f"There is no job type {name!r}.", hint=f"known: {', '.join(t.name for t in types)}")
