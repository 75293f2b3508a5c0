"""The state of the whole: scheduler, health and statistics."""

from http import HTTPStatus

from tasks_service.api.endpoint import Answer, Ask, endpoint
from tasks_service.api.shapes.status import HealthShape, LiveShape, SchedulerShape, StatisticsShape


@endpoint()
def scheduler(ask: Ask) -> Answer[SchedulerShape]:
    """Read the state of the scheduler."""
    return Answer(SchedulerShape.of(ask.panel.status.scheduler()))


@endpoint(statuses=(200, 503))
def health(ask: Ask) -> Answer[HealthShape]:
    """Check the health: 503 only where scheduler or database fail; trouble with sources is ``degraded``."""
    shape = HealthShape.of(ask.panel.status.health(), keys_on=ask.options.keys_on)
    well = shape.status != "unhealthy"
    return Answer(shape, HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE)


@endpoint()
async def live(ask: Ask) -> Answer[LiveShape]:
    """Tell whether the process answers at all; asks neither database nor scheduler."""
    return Answer(LiveShape(status="alive"))


@endpoint(statuses=(200, 503))
def ready(ask: Ask) -> Answer[LiveShape]:
    """Tell whether requests can be served: the database answers."""
    view = ask.panel.status.health()
    if view.database == "ok":
        return Answer(LiveShape(status="ready"))
    return Answer(LiveShape(status=f"not ready: {view.database}"), HTTPStatus.SERVICE_UNAVAILABLE)


@endpoint()
def statistics(ask: Ask) -> Answer[StatisticsShape]:
    """Read the figures of the dashboard, and what needs a person."""
    return Answer(StatisticsShape.of(ask.panel.status.statistics(), ask.panel.status.attention()))
