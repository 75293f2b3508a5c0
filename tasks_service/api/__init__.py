"""HTTP in, JSON out: one module per noun and one explicit route table.

May import the core, control, pydantic and starlette, with sse-starlette for streams and uvicorn for relays; never
adapters, job types or the scheduler.
"""

from tasks_service.api.assembly import Api, build
from tasks_service.api.options import Options

__all__ = ["Api", "Options", "build"]
