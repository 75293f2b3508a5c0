"""The way to the database: one engine, and the two kinds of transaction."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url, select

from tasks_service.adapters.sql.tables import lease
from tasks_service.core.errors import Conflict, InvalidInput, LeadLost, StoreUnavailable
from tasks_service.core.stores import Fence, Lease

if TYPE_CHECKING:
    import psycopg  # SQLAlchemy loads it where the address is PostgreSQL's

T = TypeVar("T")

DRIVERS = {"sqlite": "sqlite+pysqlite", "postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
SQLITE_SETTINGS = ("busy_timeout = 10000", "synchronous = FULL", "foreign_keys = ON")
_SWITCH_SECONDS = 10.0
_SWITCH_PAUSE = 0.02
POSTGRES_SETTINGS = ("TIME ZONE 'UTC'", "lock_timeout = '10s'", "idle_in_transaction_session_timeout = '5s'")
"""A process that is stopped in the middle of a transaction must let go of its locks before its lease is over: a leader
may be stopped while it holds the lease's row."""

_UNREACHABLE = (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError)


def make_engine(url: str) -> Engine:
    """An engine for SQLite in a file or for PostgreSQL. Connects to nothing; ``InvalidInput`` for any other address."""
    address = _address(url)
    if address.get_backend_name() == "sqlite":
        engine = create_engine(address, hide_parameters=True)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(
        address,
        hide_parameters=True,
        pool_size=10,
        max_overflow=20,
        pool_timeout=10,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "application_name": (name := f"tasks-{uuid4().hex}")},
        execution_options={"connections": name},
    )
    event.listen(engine, "connect", _set_up_postgres)
    return engine


def fenced(engine: Engine, fence: Fence) -> Engine:
    """The same engine, for writes that only the leader may make."""
    return engine.execution_options(fence=fence)


@contextmanager
def write(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes: committed at the end, rolled back on any exception.

    On SQLite it takes the write lock at once: one that read first and wrote later would lose updates.
    """
    with _reported(), engine.connect() as connection:
        connection.execution_options(writes=True)
        with connection.begin():
            _require_lead(connection)
            yield connection


@contextmanager
def read(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads."""
    with _reported(), engine.connect() as connection, connection.begin():
        yield connection


def batches(items: Sequence[T], size: int = 1000) -> Iterator[Sequence[T]]:
    """The items in parts: a statement takes only so many parameters."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _require_lead(connection: Connection) -> None:
    """Behind a fence: the lease must be this leader's, and stays so until the transaction ends."""
    options = connection.get_execution_options()
    if "fence" not in options:
        return
    held: Lease | None = options["fence"].lease
    mine = held and connection.scalar(
        select(lease.c.term).where(lease.c.owner == held.owner, lease.c.term == held.term).with_for_update(read=True)
    )
    if not mine:
        raise LeadLost("this process leads no longer", hint="the leader does it")


@contextmanager
def _reported() -> Iterator[None]:
    """Turn the library's errors into the core's."""
    try:
        yield
    except exc.IntegrityError as error:
        raise Conflict("another write came first", hint="read the present state and try again") from error
    except exc.DBAPIError as error:
        if isinstance(error, _UNREACHABLE) or type(error) is exc.DatabaseError:
            raise StoreUnavailable(f"the database does not answer: {_first_line(error.orig)}") from error
        raise
    except exc.TimeoutError as error:
        raise StoreUnavailable("the database does not answer: every connection is in use") from error


def _first_line(error: BaseException | None) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except exc.ArgumentError as error:
        raise InvalidInput(
            "DATABASE_URL is no database address",
            hint="write sqlite:///tasks.db or postgresql://user:password@host/name",
        ) from error
    driver = DRIVERS.get(address.drivername.partition("+")[0])
    if driver is None:
        raise InvalidInput(
            f"DATABASE_URL names the database {address.drivername!r}, which is not supported",
            hint="SQLite (sqlite:///tasks.db) and PostgreSQL (postgresql://…) are",
        )
    if driver.startswith("sqlite") and address.database in (None, "", ":memory:"):
        raise InvalidInput("DATABASE_URL names no file", hint="write sqlite:///tasks.db: memory forgets every run")
    return address.set(drivername=driver)


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the begin event begins, not the driver
    for setting in SQLITE_SETTINGS:
        connection.execute(f"PRAGMA {setting}")
    _use_wal(connection)


def _use_wal(connection: sqlite3.Connection) -> None:
    """A write-ahead log. Who comes while another one switches a new file to it is refused at once, whatever its
    patience, and tries again."""
    deadline = time.monotonic() + _SWITCH_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(_SWITCH_PAUSE)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _set_up_postgres(connection: "psycopg.Connection[tuple[object, ...]]", _record: object) -> None:
    for setting in POSTGRES_SETTINGS:
        connection.execute(f"SET {setting}".encode())
    connection.commit()
