"""Redis, examined: a single server or a node of a cluster."""

from contextlib import suppress
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tasks_service.core.checkup.redis import RedisFacts

_SECONDS = 2.0


def examine_redis(url: str) -> RedisFacts:
    """Connect and ask; nothing is written."""
    try:
        with redis.Redis.from_url(
            url,
            socket_connect_timeout=_SECONDS,
            socket_timeout=_SECONDS,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        ) as client:
            return _examine(client)
    except (redis.RedisError, OSError, ValueError) as error:
        return RedisFacts(trouble=str(error) or type(error).__name__)


def _examine(client: Any) -> RedisFacts:
    client.ping()
    info: dict[str, Any] = client.info()
    cluster = bool(info.get("cluster_enabled"))
    fsync = _fsync(client)
    return RedisFacts(
        version=_version(info),
        cluster=cluster,
        cluster_complete=not cluster or client.cluster("info").get("cluster_state") == "ok",
        replica=info.get("role") in ("slave", "replica"),
        append_only=bool(info["aof_enabled"]) if "aof_enabled" in info else None,
        append_fsync=fsync,
        eviction=info.get("maxmemory_policy"),
    )


def _version(info: dict[str, Any]) -> str:
    if "valkey_version" in info:
        return f"Valkey {info['valkey_version']}"
    return f"Redis {info.get('redis_version', 'of unknown version')}"


def _fsync(client: Any) -> str | None:
    """None where the server keeps its configuration to itself, as hosted ones do."""
    with suppress(redis.ResponseError):
        value = client.config_get("appendfsync").get("appendfsync")
        return str(value) if value else None
    return None
