"""The dashboard: what needs a person first, then what runs, what comes, and what happened."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from tasks_service.control.views import JobView
from tasks_service.core.diagnostics import errors
from tasks_service.core.run import RunState
from tasks_service.core.stores import RunFilter
from tasks_service.pages.activity import sentences
from tasks_service.pages.site import Site

UNDER_WAY = frozenset({RunState.QUEUED, RunState.RUNNING})
NEXT_SHOWN = 10
ACTIVITY_READ = 200
ACTIVITY_SHOWN = 14


def dashboard(site: Site, request: Request) -> Response:
    """``GET /``."""
    panel = site.panel
    jobs = panel.catalog.jobs()
    running = panel.runs.runs(RunFilter(states=UNDER_WAY), limit=8)
    return site.page(
        request,
        "dashboard.html",
        statistics=panel.status.statistics(),
        attention=panel.status.attention(),
        running=running,
        told=panel.runs.progress(running.items),
        usual={job.job_id: job.durations for job in jobs if job.durations},
        next=next_fires(jobs, panel.clock.now()),
        halted=[job for job in jobs if job.activity.state in ("Paused", "Suspended")],
        activity=sentences(panel.journal.newest(ACTIVITY_READ), ACTIVITY_SHOWN),
        jobs=jobs,
        recent={job.job_id: job.recent_runs for job in jobs},
        broken=len({d.path for d in errors(p.diagnostic for p in panel.status.sync().problems)}),
        shown=NEXT_SHOWN,
    )


def next_fires(jobs: Sequence[JobView], now: datetime) -> list[tuple[datetime, JobView]]:
    """Each active job once, by its next fire, as far as that lies in the next 24 hours."""
    end = now + timedelta(hours=24)
    due = [(job.next_run_time, job) for job in jobs if job.next_run_time and job.next_run_time <= end]
    return sorted(due, key=lambda pair: (pair[0], pair[1].job_id))
