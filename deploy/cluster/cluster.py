"""The cluster: servers, replicas and workers of one folder."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeVar

from deploy.cluster.member import Member
from deploy.cluster.servers import Postgres, Valkey, free_port

ROOT = Path(__file__).resolve().parents[2]
OURS = ("TASKS_", "SLACK_", "DATABASE_URL", "REDIS_URL", "CELERY_", "SECRET_KEY", "EXECUTOR", "FLASK_ENV", "LOG_")
"""Beginnings of the names of variables that would make it another installation than is meant."""


class Cluster:
    """``manifests`` is read by every replica. Everything runs from entering to leaving the context."""

    def __init__(
        self,
        folder: Path,
        manifests: Path,
        *,
        ports: tuple[int, ...] = (0, 0),
        workers: int = 2,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = folder
        self._manifests = manifests
        self._ports = ports
        self._workers = workers
        self._settings = dict(settings or {})
        self._stack = ExitStack()
        self.replicas: dict[str, Member] = {}
        """By address."""
        self.workers: list[Member] = []
        self.postgres: Postgres
        self.valkey: Valkey

    def __enter__(self) -> Self:
        """Start the servers first, then all others at once."""
        try:
            self.postgres = self._stack.enter_context(_stopping(Postgres()))
            self.valkey = self._stack.enter_context(_stopping(Valkey(self._folder / "valkey")))
            for number, port in enumerate(self._ports, start=1):
                port = port or free_port()
                replica = self._member(f"replica{number}", "serve", {"TASKS_PORT": str(port)})
                self.replicas[f"http://127.0.0.1:{port}"] = replica
            self.workers = [self._member(f"worker{number}", "worker", {}) for number in range(1, self._workers + 1)]
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything, the servers last."""
        self._stack.close()

    def _member(self, name: str, command: str, settings: Mapping[str, str]) -> Member:
        env = {
            **{key: value for key, value in os.environ.items() if not key.startswith(OURS)},
            "PYTHONPATH": str(ROOT),
            "TASKS_MANIFESTS": str(self._manifests),
            "TASKS_DATA_DIR": str(self._folder / name / "data"),
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.valkey.url,
            "EXECUTOR": "celery" if self._workers else "local",
            **self._settings,
            **settings,
        }
        return self._stack.enter_context(_stopping(Member(name, command, self._folder / name, env).start()))


class _Stops(Protocol):
    def stop(self) -> None:
        """End it."""
        ...


Stops = TypeVar("Stops", bound=_Stops)


@contextmanager
def _stopping(running: Stops) -> Iterator[Stops]:
    try:
        yield running
    finally:
        running.stop()
