"""Any broker that Celery knows, examined: through kombu, as Celery itself connects."""

from collections.abc import Mapping
from typing import Any

import kombu.connection

_SECONDS = 4


def broker_trouble(url: str, options: Mapping[str, Any]) -> str:
    """Why no connection is made; empty where one is."""
    connect: Any = kombu.connection.Connection
    try:
        with connect(url, connect_timeout=_SECONDS, transport_options=dict(options)) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=_SECONDS)
            connection.default_channel.close()
    except Exception as error:  # noqa: BLE001 - each transport raises what its own library does
        return f"{type(error).__name__}: {error}"
    return ""
