"""One job: its three states, its definition, its runs and its ledger."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from tasks_service.control.views import JobView
from tasks_service.core.preview import Fire
from tasks_service.pages.site import Site

FIRES_SHOWN = 5
RUNS_SHOWN = 20
LEDGER_SHOWN = 20
AUDITS_SHOWN = 20
USAGE_DAYS = 30


def job(site: Site, request: Request) -> Response:
    """``GET /tasks/{job_id}``; the listing shows the same page in a dialog."""
    panel = site.panel
    view = panel.catalog.job(request.path_params["job_id"])
    cursor = request.query_params.get("ledger") or None
    runs = panel.runs.runs_of(view.job_id, limit=RUNS_SHOWN)
    return site.page(
        request,
        "job.html",
        job=view,
        preview=panel.previews.of_job(view, FIRES_SHOWN),
        yaml=panel.definitions.yaml(view.job_id),
        runs=runs,
        told=panel.runs.progress(run for run in runs.items if not run.state.final),
        ledger=panel.runs.occurrences_of(view.job_id, limit=LEDGER_SHOWN, cursor=cursor),
        usage=panel.runs.usage_of(view.job_id, USAGE_DAYS),
        usage_days=USAGE_DAYS,
        audits=panel.journal.audits(of=view.job_id, limit=AUDITS_SHOWN),
    )


def fires(site: Site, view: JobView, count: int) -> tuple[Fire, ...]:
    """The next fires of a job that no calendar leaves out, whether or not something else holds them back."""
    return site.panel.previews.of_job(view, count).fires


def manifest(site: Site, request: Request) -> Response:
    """``GET /tasks/{job_id}/manifest.yaml``: the definition as a file to commit."""
    view = site.panel.catalog.job(request.path_params["job_id"])
    return PlainTextResponse(
        site.panel.definitions.yaml(view.job_id),
        headers={"Content-Disposition": f'attachment; filename="{view.job_id}.yaml"'},
        media_type="application/yaml",
    )
