"""The whole service: stores, control, API and pages."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from socket import socket
from uuid import uuid4

import anyio.to_thread
from starlette.applications import Starlette
from starlette.types import Lifespan

from tasks_service import __version__, api, pages
from tasks_service.adapters.apscheduler_timer import ApschedulerTimer
from tasks_service.adapters.file_spool import FileSpool
from tasks_service.adapters.ical_events import IcalEvents
from tasks_service.adapters.local_executor import LocalExecutor
from tasks_service.adapters.prometheus_exposition import PrometheusExposition
from tasks_service.adapters.psutil_host import PsutilHost
from tasks_service.adapters.redis_probe import redis_trouble
from tasks_service.adapters.system_clock import SystemClock
from tasks_service.api.relay import Relay
from tasks_service.app.confinement import confinement
from tasks_service.app.logbook import secret_texts
from tasks_service.app.manifests import manifest_text, rulebook
from tasks_service.app.sources import guards, sources
from tasks_service.app.stores import open_job_stores
from tasks_service.control.engine import Engine
from tasks_service.control.identity import Identity
from tasks_service.control.requests import RequestWriter
from tasks_service.control.wiring import Ports, Rules, wire
from tasks_service.core.masking import prose_mask
from tasks_service.core.ports import RunQueue
from tasks_service.core.run import BotApi
from tasks_service.core.stores import Stores
from tasks_service.jobs.job_registry import job_type_problems, load_job_types
from tasks_service.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The whole service, ready to be served."""

    asgi: Starlette
    engine: Engine
    stores: Stores


def build(settings: Settings) -> Application:
    """Migrate the database and put the service together; nothing runs until the application's lifespan begins."""
    # The relay is part of the API, which needs the panel, which needs the executor: it is looked up when a run starts.
    rooms: api.Api
    world = ports(settings, lambda run_id: rooms.relay.open(run_id))
    stores = world.stores
    engine, panel = wire(world, rules(settings, world.host.node))
    told = options(settings)
    rooms = api.build(panel, told)
    page_options = pages.Options(
        version=__version__,
        environment=settings.environment,
        trusted=told.trusted,
        reason_required=settings.require_reason,
        details=told.details,
    )
    asgi = Starlette(
        routes=[*rooms.routes, *pages.build(panel, rooms.door, page_options)],
        middleware=rooms.middleware,
        exception_handlers=rooms.exception_handlers,
        lifespan=_lifespan(engine, rooms.relay, stores),
    )
    asgi.state.panel = panel
    return Application(asgi=asgi, engine=engine, stores=stores)


def ports(settings: Settings, relay: Callable[[str], socket]) -> Ports:
    """The world of this installation, its database migrated. ``relay`` makes the child's end of a run's socket."""
    clock = SystemClock()
    return Ports(
        clock=clock,
        host=PsutilHost(str(settings.data_dir)),
        stores=open_job_stores(settings, clock),
        text=manifest_text(settings, clock),
        events=IcalEvents(),
        sources=sources(settings, clock),
        timer=ApschedulerTimer(),
        executor=LocalExecutor(
            clock, relay, settings.data_dir, confinement=confinement(settings), withheld=_withheld_types()
        ),
        spool=FileSpool(settings.data_dir / "spool"),
        queue=_queue(settings),
        exposition=PrometheusExposition(),
    )


def _withheld_types() -> list[str]:
    """The job types that ask not to be loaded once for all runs."""
    return [name for name, known in load_job_types().items() if not known.preload]


def _queue(settings: Settings) -> RunQueue | None:
    if settings.executor != "celery" or settings.broker_url is None:
        return None
    from tasks_service.adapters.celery_queue import CeleryQueue  # here: only who uses it pays for it

    return CeleryQueue(settings.broker_url.get_secret_value(), settings.broker_options.get_secret_value())


def request_writer(settings: Settings, base_url: str) -> RequestWriter:
    """What turns queued runs into messages for children. ``base_url`` is this service's own address."""
    types = load_job_types()
    names = {name for known in types.values() for name in known.settings}
    key = settings.bot_api_key.get_secret_value() if settings.bot_api_key else ""
    bot_api = BotApi(url=settings.bot_api_url, key=key) if settings.bot_api_url else BotApi()
    return RequestWriter(
        types=types,
        secrets=settings,
        settings={**settings.told(names), "TASKS_URL": base_url},
        bot_api=bot_api,
        artifact_bytes=settings.artifact_limit,
    )


def rules(settings: Settings, node: str) -> Rules:
    """What this installation decided, and a new identity."""
    return Rules(
        rulebook=rulebook(settings),
        requests=request_writer(settings, settings.own_url),
        identity=Identity(owner=uuid4().hex, node=node),
        sync_interval=settings.sync_interval,
        look_interval=settings.look_interval,
        strict=settings.sync_policy == "strict",
        guards=guards(settings),
        drain_seconds=settings.drain.total_seconds(),
        max_runs=settings.max_runs,
        history_days=settings.history_days,
        require_reason=settings.require_reason,
        override_days=settings.override_days,
        debt_days=settings.override_debt_days,
        preflight=settings.preflight,
        executors=(settings.executor,),
        database_kind=_database_kind(settings),
        warnings=start_warnings(settings),
    )


def start_warnings(settings: Settings) -> tuple[str, ...]:
    """What should worry whoever runs this, in sentences."""
    found = [*settings.warnings, *map(str, job_type_problems())]
    if (settings.allowed_hosts or not settings.loopback) and settings.api_key is None:
        found.append(
            f"The service listens on {settings.host} without TASKS_API_KEY: everybody who reaches it may pause, run and"
            " delete jobs. Set TASKS_API_KEY, or listen on 127.0.0.1."
        )
    if settings.api_key and settings.secret_key is None and not _database_kind(settings).startswith("sqlite"):
        found.append("SECRET_KEY is not set: each replica knows only its own sessions of the pages. Set it for all.")
    if settings.redis_url and (trouble := redis_trouble(settings.redis_url.get_secret_value())):
        found.append(f"REDIS_URL cannot be reached ({trouble}). Jobs with store: redis wait for it, no others do.")
    return tuple(found)


def _database_kind(settings: Settings) -> str:
    return settings.database_url.get_secret_value().partition(":")[0].partition("+")[0]


def options(settings: Settings) -> api.Options:
    """What the API is told of the settings."""
    return api.Options(
        version=__version__,
        secret_key=settings.secret_key.get_secret_value() if settings.secret_key else secrets.token_urlsafe(32),
        key=settings.api_key.get_secret_value() if settings.api_key else "",
        public=not settings.loopback,
        hosts=frozenset(settings.allowed_hosts),
        request_level=logging.getLevelNamesMapping()[settings.log_requests],
        webhook_secret=settings.webhook_secret.get_secret_value() if settings.webhook_secret else "",
        details=prose_mask(secret_texts(settings)) if settings.environment == "development" else None,
    )


def _lifespan(engine: Engine, relay: Relay, stores: Stores) -> Lifespan[Starlette]:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        relay.attach(asyncio.get_running_loop())
        await anyio.to_thread.run_sync(engine.start)
        try:
            yield
        finally:
            await anyio.to_thread.run_sync(engine.stop)
            await relay.close()
            stores.close()

    return lifespan
