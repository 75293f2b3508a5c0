"""HTTP in, HTML out: one module per page; the templates live in ``web/``.

May import the core, control and starlette; never adapters, job types or the scheduler.
"""

from tasks_service.pages.routes import build
from tasks_service.pages.site import Options, Sessions

__all__ = ["Options", "Sessions", "build"]
