"""Metrics for Prometheus."""

from starlette.responses import Response

from tasks_service.api.endpoint import OPENMETRICS, TEXT, Ask, endpoint


@endpoint(produces=(TEXT, OPENMETRICS))
def scrape(ask: Ask) -> Response:
    """Read all metrics in the format of Prometheus, or as OpenMetrics where ``Accept`` asks for it."""
    exposed = ask.panel.metrics.scrape(ask.headers.get("accept", ""))
    return Response(exposed.content, headers={"Content-Type": exposed.content_type})
