"""The service for another ASGI server than ``tasks serve``, such as uvicorn with several workers: each is a replica.

``TASKS_PORT`` must name the port that the server listens on: runs are told where their service is.
"""

import sys

from starlette.applications import Starlette

from tasks_service.app.logbook import set_up_logs
from tasks_service.app.service import build
from tasks_service.core.errors import TasksError
from tasks_service.settings import SettingsError, read_settings


def application() -> Starlette:
    """Read the settings, set up the log and build the service; ends the process with sentences where that fails."""
    try:
        settings = read_settings()
    except SettingsError as error:
        sys.exit("\n".join(error.problems))
    set_up_logs(settings)
    try:
        return build(settings).asgi
    except TasksError as error:
        sys.exit(f"{error.message}\n{error.hint}")
