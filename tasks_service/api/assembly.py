"""The assembly: routes, guards, door and relay, made of a panel and the options."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ExceptionHandler

from tasks_service.api.denials import Denials
from tasks_service.api.door import Door
from tasks_service.api.guards.authentication import Authentication
from tasks_service.api.guards.bodylimit import BodyLimit
from tasks_service.api.guards.crosssite import CrossSite
from tasks_service.api.guards.headers import SecurityHeaders
from tasks_service.api.guards.hosts import Hosts
from tasks_service.api.guards.metering import Metering
from tasks_service.api.guards.trace import Trace
from tasks_service.api.options import Options
from tasks_service.api.problems import HANDLERS
from tasks_service.api.relay import Relay
from tasks_service.api.routes import ROUTES, UNDESCRIBED, routes
from tasks_service.control.panel import Panel


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """What the composition root gives to Starlette; the first three are its arguments of the same names."""

    routes: list[Route]
    middleware: list[Middleware]
    exception_handlers: Mapping[Any, ExceptionHandler]
    door: Door | None
    """For the pages to sign in with; None where the service runs without keys."""
    relay: Relay


def build(panel: Panel, options: Options) -> Api:
    """All parts of the API. The guards protect whatever else is served beside it."""
    door = Door(options.secret_key, options.key, panel.clock) if options.keys_on else None
    return Api(
        routes=routes([ROUTES, UNDESCRIBED], panel, options),
        middleware=_guards(panel, options, door),
        exception_handlers=HANDLERS,
        door=door,
        relay=Relay(panel, options),
    )


def _guards(panel: Panel, options: Options, door: Door | None) -> list[Middleware]:
    denials = Denials(panel.journal, panel.clock)
    local = [] if options.public else [Middleware(Hosts, hosts=options.hosts, denials=denials)]
    return [
        Middleware(Metering, traffic=panel.metrics.traffic),
        Middleware(Trace, level=options.request_level, details=options.details),
        Middleware(SecurityHeaders),
        *local,
        Middleware(CrossSite, denials=denials),
        Middleware(Authentication, door=door, denials=denials),
        Middleware(BodyLimit),
    ]
