"""Runs: the list with its filters, and one run with its output, result and cost."""

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tasks_service.core.ansi import plain
from tasks_service.core.errors import NotFound
from tasks_service.core.run import OutputLine, Run, RunState
from tasks_service.core.stores import Page, RunFilter
from tasks_service.pages.site import Site

PAGE_SIZE = 50
LINES_SHOWN = 2000
GROUPS = {
    "bad": frozenset({RunState.FAILED, RunState.TIMED_OUT, RunState.LOST}),
    "open": frozenset({RunState.QUEUED, RunState.RUNNING}),
}
"""Names that stand for several states."""


def runs(site: Site, request: Request) -> Response:
    """``GET /runs``, by state and job."""
    wanted = request.query_params.get("state", "").lower()
    job_id = request.query_params.get("job", "").strip()
    cursor = request.query_params.get("after") or None
    return site.page(
        request,
        "runs.html",
        runs=_listed(site, wanted, job_id, cursor),
        state=wanted,
        job_id=job_id,
        states=[state.value for state in RunState],
        cursor=cursor,
    )


def _listed(site: Site, wanted: str, job_id: str, cursor: str | None) -> Page[Run]:
    states = GROUPS.get(wanted) or frozenset(state for state in RunState if state.value == wanted)
    if not job_id:
        return site.panel.runs.runs(RunFilter(states=states), limit=PAGE_SIZE, cursor=cursor)
    try:
        uid = site.panel.catalog.job(job_id).job_uid
    except NotFound:
        return Page(items=(), total=0)
    return site.panel.runs.runs(RunFilter(job_uid=uid, states=states), limit=PAGE_SIZE, cursor=cursor)


def run(site: Site, request: Request) -> Response:
    """``GET /runs/{run_id}``."""
    desk = site.panel.runs
    found = desk.run(request.path_params["run_id"])
    lines = desk.output(found.run_id, tail=LINES_SHOWN)
    return site.page(
        request,
        "run.html",
        run=found,
        lines=lines,
        cut=bool(lines) and lines[0].seq > 1,
        usual=desk.durations_of(found),
        artifacts=desk.artifacts(found.run_id),
        told=desk.progress([found]).get(found.run_id),
    )


def log(site: Site, request: Request) -> Response:
    """``GET /runs/{run_id}/log.txt``: everything that was kept, as a file."""
    found = site.panel.runs.run(request.path_params["run_id"])
    parts = site.panel.runs.whole_output(found.run_id)
    return StreamingResponse(
        ("".join(map(_logged, lines)) for lines in parts),
        media_type="text/plain",
        headers={"Content-Disposition": f'attachment; filename="{found.job_id}-{found.run_id}.txt"'},
    )


def _logged(line: OutputLine) -> str:
    return f"{line.at:%Y-%m-%dT%H:%M:%S.%fZ} {line.stream:6} {plain(line.text)}\n"
