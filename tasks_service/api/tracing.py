"""The request that is being served: its name, for problems and for every line that is logged on its behalf."""

from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType

_current: ContextVar[Mapping[str, str]] = ContextVar("request", default=MappingProxyType({}))


def begin(request_id: str, run_id: str = "") -> None:
    """From here on this task, and the threads that work for it, serve that request, which may be a run's."""
    _current.set({"request": request_id, **({"run": run_id} if run_id else {})})


def current() -> Mapping[str, str]:
    """What a log line must carry: ``request``, and ``run`` where a run asks; empty outside of requests."""
    return _current.get()
