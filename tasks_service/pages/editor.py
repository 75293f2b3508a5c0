"""The YAML editor: a text area with the server's verdict, for the wizard's last step and for jobs that the API owns."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from tasks_service.core.diagnostics import Diagnostic
from tasks_service.core.errors import OwnedByFile, TasksError
from tasks_service.core.manifest import JobManifest
from tasks_service.pages.endpoint import Form
from tasks_service.pages.site import Site, actor, back


def show(
    site: Site,
    request: Request,
    template: str,
    yaml: str,
    problems: Sequence[Diagnostic],
    status: int = 200,
    **context: Any,
) -> Response:
    """A page with the editor in it."""
    refusal: TasksError | None = context.pop("refusal", None)
    return site.page(request, template, status, yaml=yaml, problems=problems, refusal=refusal, **context)


def check(site: Site, request: Request, form: Form) -> Response:
    """``POST /editor/check``: the verdict on the text, as a fragment."""
    verdict = site.panel.definitions.check_text(form.get("yaml", ""))
    return site.render(request, "verdict.html", problems=verdict.problems, refusal=None)


def finish(site: Site, request: Request, form: Form, go: str) -> Response:
    """Create the job of the text, or hand the text out as a file."""
    text = form.get("yaml", "")
    verdict = site.panel.definitions.check_text(text)
    if go == "download":
        name = verdict.manifest.job_id if verdict.manifest else "job"
        headers = {"Content-Disposition": f'attachment; filename="{name}.yaml"'}
        return PlainTextResponse(text, headers=headers, media_type="application/yaml")
    if verdict.manifest is None:
        return _again(site, request, text, verdict.problems, None)
    try:
        made = site.panel.definitions.create(written(verdict.manifest), actor(request), trusted=site.options.trusted)
    except TasksError as error:
        return _again(site, request, text, verdict.problems, error)
    return back(f"/tasks/{made.job_id}", f"{made.job_id} is created.")


def ask_edit(site: Site, request: Request) -> Response:
    """``GET /tasks/{job_id}/edit``; a file's job is edited in its file."""
    view = site.panel.catalog.job(request.path_params["job_id"])
    if not view.origin.by_api:
        raise OwnedByFile(
            f"job {view.job_id!r} is defined by {view.origin}: edit it there",
            path=view.origin.path,
            line=view.origin.line,
            hint="a task that was made here, or through the API, can be edited here",
        )
    return show(
        site, request, "edit.html", site.panel.definitions.yaml(view.job_id), (), job=view, version=view.version
    )


def edit(site: Site, request: Request, form: Form) -> Response:
    """``POST /tasks/{job_id}/edit``."""
    view = site.panel.catalog.job(request.path_params["job_id"])
    text, version = form.get("yaml", ""), form.get("version", "")
    verdict = site.panel.definitions.check_text(text)
    refusal: TasksError | None = None
    if verdict.manifest is not None:
        try:
            site.panel.definitions.replace(
                view.job_id,
                complete(verdict.manifest, view.manifest),
                actor(request),
                trusted=site.options.trusted,
                expected=int(version) if version.isdecimal() else None,
            )
            return back(f"/tasks/{view.job_id}", f"{view.job_id} is saved.")
        except TasksError as error:
            refusal = error
    return show(site, request, "edit.html", text, verdict.problems, 422, refusal=refusal, job=view, version=version)


def written(manifest: JobManifest) -> dict[str, Any]:
    """What a person wrote, without the defaults that validation filled in."""
    return manifest.model_dump(mode="json", exclude_unset=True, exclude_none=True)


def complete(manifest: JobManifest, before: JobManifest) -> dict[str, Any]:
    """What a person wrote, and the defaults for the keys that were taken out: a replacement keeps absent keys."""
    now = written(manifest)
    full = manifest.given()
    return {**{key: full[key] for key in written(before) if key in full}, **now}


def _again(
    site: Site, request: Request, text: str, problems: Sequence[Diagnostic], refusal: TasksError | None
) -> Response:
    return show(site, request, "edit_new.html", text, problems, 422, refusal=refusal)
