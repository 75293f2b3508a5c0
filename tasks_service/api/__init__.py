"""HTTP in, JSON out: one module per noun and one explicit route table.

May import the core, control and starlette; never adapters, job types or the scheduler.
"""

from tasks_service.api.assembly import Api, build
from tasks_service.api.options import Options

__all__ = ["Api", "Options", "build"]
