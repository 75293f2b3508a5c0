"""``tasks serve``: the service with its API and pages."""

import errno
import faulthandler
import logging
import signal
import socket
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
import uvicorn

import tasks_service
from tasks_service.cli import reloading
from tasks_service.cli.problem import fail, settings_or_fail
from tasks_service.cli.writable import require_writable
from tasks_service.core.errors import TasksError
from tasks_service.settings import Settings

log = logging.getLogger(__name__)

_STREAMS_END_SECONDS = 3
"""How long open event streams may hold up a stop."""


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on, instead of TASKS_HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on, instead of TASKS_PORT.")
    ] = None,
) -> None:
    """Run the service: reconciler, scheduler, API and pages. Exit code 0: it was stopped; 2: it cannot start."""
    told = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = settings_or_fail().model_copy(update=told)
    if settings.environment == "development" and not reloading.is_child():
        from tasks_service.pages.assets import web_root

        raise typer.Exit(reloading.serve_anew_at_changes([Path(tasks_service.__file__).parent, web_root()]))
    _serve(settings)


def _serve(settings: Settings) -> None:
    from tasks_service.app.logbook import set_up_logs  # here, so that other commands do not load the API

    faulthandler.enable()  # a watchdog ends the process with SIGABRT: where each thread was then says why
    set_up_logs(settings)
    require_writable(settings.data_dir)
    listener = _listen(settings)
    # Here, so that other commands do not load the service.
    from tasks_service.app.service import build, start_warnings
    from tasks_service.app.supervision import supervise
    from tasks_service.cli.supervised_server import SupervisedServer

    settings = settings.model_copy(update={"port": listener.getsockname()[1]})
    try:
        application = build(settings)
    except TasksError as error:
        fail(error.message, error.hint)
    for warning in start_warnings(settings):
        log.warning(warning, extra={"event": "service.warning"})
    log.info("Serving at %s", settings.own_url, extra={"event": "service.started"})
    config = uvicorn.Config(
        application.asgi,
        log_config=None,
        access_log=False,  # the guard at the door logs requests, by their names
        server_header=False,
        timeout_graceful_shutdown=_STREAMS_END_SECONDS,
    )
    # After an orderly stop uvicorn raises the signal again: the exit code is then 0 and not that of a killed process.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    SupervisedServer(config, supervise(application.engine)).run(sockets=[listener])


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


def _listen(settings: Settings) -> socket.socket:
    """Bind before anything else is opened: a taken port must not cost the leader its lease."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        taken = "is the service running already? " if error.errno == errno.EADDRINUSE else ""
        fail(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror or error}",
            f"{taken}TASKS_HOST and TASKS_PORT choose another address",
        )
    listener.listen(2048)
    return listener
