"""The route table: every address of the API, its methods, and who answers."""

from collections.abc import Iterable, Mapping

from starlette.routing import Route

from tasks_service.api import (
    alarms,
    artifacts,
    audit,
    backfills,
    bot,
    calendars,
    docs,
    drafts,
    events,
    explain,
    forecast,
    jobs,
    jobtypes,
    metrics,
    output,
    output_stream,
    overrides,
    plans,
    runs,
    schemas,
    status,
    syncs,
    webhooks,
)
from tasks_service.api.endpoint import Answer, Ask, Endpoint, Resource, endpoint
from tasks_service.api.guards.authentication import OPEN_PATHS
from tasks_service.api.openapi import Table, document
from tasks_service.api.options import Options
from tasks_service.api.shapes.base import Json
from tasks_service.control.panel import Panel

BOT_ROUTES: Mapping[str, Mapping[str, Endpoint]] = {
    "/api/users/import": {"POST": bot.import_users},
    "/api/metrics/store": {"POST": bot.store_metrics},
    "/api/metrics/stored": {"GET": bot.stored_metrics},
    "/api/metrics/{kind}": {"GET": bot.metrics},
    "/api/users": {"GET": bot.users},
}
"""All that a run reaches through its relay."""

ROUTES: Mapping[str, Mapping[str, Endpoint]] = {
    "/health": {"GET": status.health},
    "/health/live": {"GET": status.live},
    "/health/ready": {"GET": status.ready},
    "/metrics": {"GET": metrics.scrape},
    "/api/scheduler/info": {"GET": status.scheduler},
    "/api/stats": {"GET": status.statistics},
    "/api/jobs": {"GET": jobs.listed, "POST": jobs.create},
    "/api/jobs/{job_id}": {"GET": jobs.read, "PUT": jobs.replace, "DELETE": jobs.delete},
    "/api/jobs/{job_id}/manifest": {"GET": jobs.manifest},
    "/api/jobs/{job_id}/preview": {"GET": jobs.preview},
    "/api/jobs/{job_id}/preflight": {"POST": jobs.preflight},
    "/api/jobs/{job_id}/pause": {"POST": overrides.pause},
    "/api/jobs/{job_id}/resume": {"POST": overrides.resume},
    "/api/jobs/{job_id}/hold": {"POST": overrides.hold},
    "/api/jobs/{job_id}/pin": {"POST": overrides.pin},
    "/api/jobs/{job_id}/release": {"POST": overrides.release},
    "/api/jobs/{job_id}/adopt": {"GET": overrides.adopt},
    "/api/jobs/{job_id}/run": {"POST": runs.start},
    "/api/jobs/{job_id}/backfill": {"POST": backfills.backfill},
    "/api/jobs/{job_id}/runs": {"GET": runs.of_job},
    "/api/jobs/{job_id}/occurrences": {"GET": runs.occurrences},
    "/api/jobs/{job_id}/usage": {"GET": runs.usage},
    "/api/jobs/{job_id}/explain": {"GET": explain.read},
    "/api/calendars": {"GET": calendars.listed},
    "/api/calendars/{calendar_id}": {"GET": calendars.read},
    "/api/overrides": {"GET": overrides.listed, "POST": overrides.put},
    "/api/overrides/{override_id}": {"DELETE": overrides.end},
    "/api/runs": {"GET": runs.listed},
    "/api/runs/{run_id}": {"GET": runs.read},
    "/api/runs/{run_id}/cancel": {"POST": runs.cancel},
    "/api/runs/{run_id}/artifacts": {"GET": artifacts.listed},
    "/api/runs/{run_id}/artifacts/{name}": {"GET": artifacts.read},
    "/api/runs/{run_id}/output": {"GET": output.read},
    "/api/runs/{run_id}/output/stream": {"GET": output_stream.follow},
    "/api/job-types": {"GET": jobtypes.listed},
    "/api/job-types/{job_type}": {"GET": jobtypes.read},
    "/schemas/{file}": {"GET": schemas.read},
    "/api/preview": {"POST": drafts.preview},
    "/api/validate": {"POST": drafts.validate},
    "/api/plan": {"POST": plans.plan},
    "/api/timeline": {"GET": forecast.timeline},
    "/api/simulation": {"GET": forecast.simulation},
    "/api/sync": {"GET": syncs.read, "POST": syncs.request},
    "/api/syncs": {"GET": syncs.history},
    "/api/webhooks/git": {"POST": webhooks.git},
    "/api/alarms": {"GET": alarms.listed},
    "/api/events": {"GET": events.follow},
    "/api/audit": {"GET": audit.listed},
    **BOT_ROUTES,
}
"""In the order they are matched."""


@endpoint()
async def openapi(ask: Ask) -> Answer[Json]:
    """Read this description of the API."""
    return Answer(describe(ask.options.version))


UNDESCRIBED: Mapping[str, Mapping[str, Endpoint]] = {
    "/openapi.json": {"GET": openapi},
    "/docs": {"GET": docs.page},
    "/docs/start.js": {"GET": docs.script},
}
"""The description itself."""


def describe(version: str) -> Json:
    """The OpenAPI document."""
    return document(ROUTES, version, OPEN_PATHS)


def routes(tables: Iterable[Table], panel: Panel, options: Options) -> list[Route]:
    """The tables as Starlette routes: one per address, so that ``Allow`` names all its methods."""
    return [
        Route(path, Resource(methods, panel, options), name=path) for table in tables for path, methods in table.items()
    ]
