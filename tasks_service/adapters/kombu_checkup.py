"""Any broker that Celery knows, examined: through kombu, as Celery itself connects."""

from collections.abc import Callable, Mapping
from typing import Any

try:  # part of an extra
    from kombu.connection import Connection as _Connection
except ImportError:
    Connection: Callable[..., Any] | None = None
else:
    Connection = _Connection

_SECONDS = 4


def broker_trouble(url: str, options: Mapping[str, Any]) -> str:
    """Why no connection is made; empty where one is."""
    if Connection is None:
        return "Celery is not installed"
    try:
        with Connection(url, connect_timeout=_SECONDS, transport_options=dict(options)) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=_SECONDS)
            connection.default_channel.close()
    except Exception as error:  # noqa: BLE001 - each transport raises what its own library does
        return f"{type(error).__name__}: {error}"
    return ""
