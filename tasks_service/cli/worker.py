"""``tasks worker``: carries out the runs that the service sends."""

import logging
import signal
from types import FrameType
from typing import Annotated

import typer

from tasks_service.cli.problem import fail, settings_or_fail
from tasks_service.cli.writable import require_writable
from tasks_service.core.errors import TasksError

log = logging.getLogger(__name__)


def worker(
    queues: Annotated[
        str | None, typer.Option(help="Queues to serve, with commas between them, instead of TASKS_QUEUES.")
    ] = None,
) -> None:
    """Carry out the runs that a service with EXECUTOR=celery sends. Exit code 0: it was stopped; 2: it cannot start."""
    settings = settings_or_fail()
    if queues is not None:
        named = tuple(name.strip() for name in queues.split(",") if name.strip())
        settings = settings.model_copy(update={"queues": named})
    from tasks_service.app.logbook import set_up_logs  # here, so that other commands do not load it
    from tasks_service.app.worker import build_worker

    set_up_logs(settings)
    require_writable(settings.data_dir)

    try:
        application = build_worker(settings)
    except TasksError as error:
        fail(error.message, error.hint)

    def stop(number: int, frame: FrameType | None) -> None:
        for again in (signal.SIGTERM, signal.SIGINT):
            signal.signal(again, signal.SIG_DFL)  # a second signal ends it at once
        application.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    application.run()
