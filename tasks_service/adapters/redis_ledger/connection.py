"""The connection: to one server or to a cluster, with short patience and a breaker.

Whoever finds Redis away waits for it once. From then on every call fails at once, until a thread in the background
has found it again: nothing else in the service may wait for a server that is stopped.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Event, Lock, Thread
from typing import Any, Protocol, TypeVar, cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.cluster import RedisCluster
from redis.exceptions import NoPermissionError, RedisClusterException, RedisError, ResponseError
from redis.retry import Retry

from tasks_service.core.errors import SecondStoreUnavailable
from tasks_service.core.ports import Clock
from tasks_service.core.stores import StoreState

log = logging.getLogger(__name__)

T = TypeVar("T")

CONNECT_SECONDS = 1.0
ANSWER_SECONDS = 2.0
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 5.0
"""Seconds between two looks for a Redis that is away."""

_AWAY = (RedisError, RedisClusterException, OSError)
_DURABLE = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}


class Commands(Protocol):
    """The commands that are used, alike on a server and on a cluster."""

    def eval(self, script: str, numkeys: int, *keys_and_args: str) -> Any:
        """Run a script."""
        ...

    def hget(self, name: str, key: str) -> str | None:
        """A field of a hash."""
        ...

    def hmget(self, name: str, keys: Sequence[str]) -> list[str | None]:
        """Fields of a hash."""
        ...

    def hgetall(self, name: str) -> dict[str, str]:
        """A whole hash."""
        ...

    def hkeys(self, name: str) -> list[str]:
        """The names of the fields of a hash."""
        ...

    def zrange(self, name: str, start: int, end: int) -> list[str]:
        """Members by rank."""
        ...

    def zrangebyscore(
        self, name: str, low: str, high: str, /, *, start: int, num: int, withscores: bool
    ) -> list[tuple[str, float]]:
        """Members by score."""
        ...


class Connection:
    """The way to Redis. Connects at its first use."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self._lock = Lock()
        self._client: Redis | RedisCluster | None = None
        self._closed = Event()
        self._trouble = ""
        self._since: datetime | None = None
        self._warnings: tuple[str, ...] = ()
        self.epoch = 0
        """Grows with every connection that was made after none or after trouble."""

    def call(self, work: Callable[[Commands], T]) -> T:
        """The answer to some commands; ``SecondStoreUnavailable`` where there is none."""
        if self._trouble:
            raise SecondStoreUnavailable(self._trouble, hint="jobs with store: redis wait until it answers")
        try:
            return work(self._connected())
        except _AWAY as error:
            self._lose(error)
            raise SecondStoreUnavailable(_sentence(error)) from error

    def state(self) -> StoreState:
        """How it is doing, as far as it was asked."""
        return StoreState(name="redis", trouble=self._trouble, since=self._since, warnings=self._warnings)

    def close(self) -> None:
        """Give the connections back, and look for Redis no longer."""
        self._closed.set()
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connected(self) -> Commands:
        with self._lock:
            if self._client is None:
                client = _connect(self._url)
                self._warnings = tuple(_doubts(client))
                for doubt in self._warnings:
                    log.warning(doubt, extra={"event": "store.unsafe"})
                self._client = client
                self.epoch += 1
            return cast(Commands, self._client)

    def _lose(self, error: Exception) -> None:
        """Break the connection, once however many find out."""
        with self._lock:
            if self._trouble or self._closed.is_set():
                return
            self._client = None
            self._trouble = _sentence(error)
            self._since = self._clock.now()
        log.warning("%s: jobs with store: redis wait, all others go on", self._trouble, extra={"event": "store.away"})
        Thread(target=self._find_again, name="redis-finder", daemon=True).start()

    def _find_again(self) -> None:
        pause = FIRST_PAUSE
        while not self._closed.wait(pause):
            try:
                self._connected()
            except _AWAY:
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            self._trouble, self._since = "", None
            log.info("Redis answers again", extra={"event": "store.back"})
            return


def _connect(url: str) -> Redis | RedisCluster:
    """A client of the server at the address, or of the cluster that it belongs to."""
    # A command that is sent again by itself could be carried out twice: no retries anywhere.
    options: dict[str, Any] = {
        "decode_responses": True,
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": ANSWER_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }
    try:
        client = Redis.from_url(url, **options)
    except ValueError as error:
        raise RedisError(f"REDIS_URL is no address of a Redis: {error}") from error
    client.ping()
    if not _in_cluster(client):
        return client
    client.close()
    cluster = RedisCluster.from_url(url, **options)
    cluster.hget("{tasks}", "any")  # a cluster that is not ready says so now
    return cluster


def _in_cluster(client: Redis) -> bool:
    try:
        facts = cast(Mapping[str, Any], client.info("cluster"))
    except NoPermissionError:
        return False
    return bool(facts.get("cluster_enabled"))


def _doubts(client: Redis | RedisCluster) -> list[str]:
    """What a crash of this Redis could undo."""
    try:
        found = cast(Mapping[str, str], client.config_get(*_DURABLE))
    except ResponseError:
        return [f"Whether Redis keeps what it confirms cannot be read (CONFIG GET is refused): it needs {_needed()}."]
    wrong = [f"{name} {found[name]}" for name, value in _DURABLE.items() if found.get(name, value) != value]
    if not wrong:
        return []
    return [
        f"Redis may forget what it confirmed ({', '.join(wrong)}): a run that it forgets starts twice. It needs"
        f" {_needed()}."
    ]


def _needed() -> str:
    return ", ".join(f"{name} {value}" for name, value in _DURABLE.items())


def _sentence(error: Exception) -> str:
    first = next(iter(str(error).splitlines()), "") or type(error).__name__
    return f"Redis does not answer ({first})"
