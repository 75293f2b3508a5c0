"""Logging: loguru writes, the standard library's loggers are brought in, secrets are masked.

May import the core and loguru. The rooms log through the standard library, with ``extra={"event": …}`` and the ids that
the line concerns; ``events`` is the table of all events.
"""

from tasks_service.logs.events import EVENTS
from tasks_service.logs.outlet import set_up

__all__ = ["EVENTS", "set_up"]
