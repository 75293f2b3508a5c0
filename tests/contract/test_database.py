"""Contract of ``Database``: the schema, the pulse, and what a database that is away looks like."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from builders import NOW
from databases import engine_of, migrated, opened
from ledger_rows import create
from servers import PostgresServer
from sqlalchemy import inspect, text

from tasks_service.adapters.sql.columns import database_now
from tasks_service.adapters.sql.engine import read, write
from tasks_service.adapters.sql.tables import lease, metadata
from tasks_service.control.leader import LEASE_SECONDS
from tasks_service.core.errors import Conflict, StoreUnavailable
from tasks_service.core.stores import Fence, Happening, Stores


@pytest.fixture
def migrated_postgres(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    url = postgres_server.create(postgres_template)
    yield url
    postgres_server.drop(url)


def test_migrating_an_empty_database_gives_exactly_the_tables(empty_url: str) -> None:
    migrated(empty_url)
    with engine_of(empty_url) as engine, read(engine) as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_migrating_again_changes_nothing(stores: Stores) -> None:
    stores.journal.publish([Happening(at=NOW, kind="kept")])
    stores.database.migrate()
    assert [h.kind for h in stores.journal.after(0)] == ["kept"]


def test_many_processes_may_migrate_at_once(empty_url: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(migrated, empty_url) for _ in range(6)]:
            done.result()
    with opened(empty_url) as stores:
        assert stores.inventory.jobs() == []


def test_a_newer_schema_is_refused_and_left_alone(database_url: str) -> None:
    with engine_of(database_url) as engine:
        with write(engine) as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = 'r9999'"))
        with pytest.raises(Conflict, match="r9999"):
            migrated(database_url)
        with read(engine) as connection:
            assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "r9999"


def test_a_failed_migration_leaves_no_trace(empty_url: str) -> None:
    with engine_of(empty_url) as engine:
        with write(engine) as connection:
            connection.execute(text("CREATE TABLE runs (x INTEGER)"))
        with pytest.raises(Exception, match="runs"):
            migrated(empty_url)
        with read(engine) as connection:
            assert inspect(connection).get_table_names() == ["runs"]


def test_a_database_that_answers_has_nothing_to_say(stores: Stores) -> None:
    assert stores.database.check() == ""


def test_a_missing_folder_is_a_store_that_does_not_answer(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}/nowhere/tasks.db") as stores:
        assert "unable to open database file" in stores.database.check()
        with pytest.raises(StoreUnavailable, match="unable to open database file"):
            stores.database.migrate()


def test_a_file_that_is_no_database_is_a_store_that_does_not_answer(tmp_path: Path) -> None:
    path = tmp_path / "tasks.db"
    path.write_bytes(b"no database at all" * 100)
    with opened(f"sqlite:///{path}") as stores, pytest.raises(StoreUnavailable, match="not a database"):
        stores.inventory.jobs()


def test_a_read_only_database_can_be_read_and_not_written(sqlite_template: Path) -> None:
    with opened(f"sqlite:///file:{sqlite_template}?mode=ro&uri=true") as stores:
        assert stores.inventory.jobs() == []
        with pytest.raises(StoreUnavailable, match="readonly"):
            stores.journal.publish([Happening(at=NOW, kind="lost")])


def test_a_locked_sqlite_file_is_waited_for(sqlite_template: Path) -> None:
    other = sqlite3.connect(sqlite_template, isolation_level=None, check_same_thread=False)
    with opened(f"sqlite:///{sqlite_template}") as stores, ThreadPoolExecutor(1) as pool:
        other.execute("BEGIN IMMEDIATE")
        waiting = pool.submit(stores.lease.release, "nobody")
        assert stores.lease.holder() is None, "reading goes on while somebody writes"
        assert not waiting.done()
        other.execute("COMMIT")
        waiting.result(timeout=10)
    other.close()


def test_nobody_listening_is_a_store_that_does_not_answer() -> None:
    with opened("postgresql://user:hush@127.0.0.1:1/tasks") as stores:
        assert "refused" in stores.database.check()
        with pytest.raises(StoreUnavailable) as caught:
            stores.ledger.run("any")
        assert "hush" not in str(caught.value)


def test_postgresql_may_go_away_and_come_back(postgres_server: PostgresServer, migrated_postgres: str) -> None:
    with opened(migrated_postgres) as stores:
        stores.journal.publish([Happening(at=NOW, kind="before")])
        with postgres_server.unreachable(migrated_postgres):
            with pytest.raises(StoreUnavailable):
                stores.journal.publish([Happening(at=NOW, kind="during")])
            assert stores.database.check()
        assert stores.database.check() == ""
        stores.journal.publish([Happening(at=NOW, kind="after")])
        assert [h.kind for h in stores.journal.after(0)] == ["before", "after"]


def test_a_connection_cut_in_the_middle_of_a_transaction_writes_nothing(
    postgres_server: PostgresServer, migrated_postgres: str
) -> None:
    insert = text("INSERT INTO confirmations (plan_id, actor, at) VALUES ('p', 'a', now())")
    with engine_of(migrated_postgres) as engine, pytest.raises(StoreUnavailable), write(engine) as connection:
        connection.execute(insert)
        with postgres_server.unreachable(migrated_postgres):
            connection.execute(text("SELECT 1"))
    with opened(migrated_postgres) as stores:
        assert stores.syncs.confirmed() == frozenset()


def test_a_leader_that_is_stopped_in_a_write_lets_go_before_its_lease_would_end(migrated_postgres: str) -> None:
    """Its transaction holds the lease's row, so without an end to its idleness nobody could lead."""
    with opened(migrated_postgres) as first, opened(migrated_postgres) as second:
        fence = Fence()
        fence.lease = first.lease.acquire("stopped", "node", 1, 0.0, 2)
        stopped, go_on = Event(), Event()

        def decide(facts: object) -> object:
            stopped.set()
            assert go_on.wait(30)
            raise AssertionError("its connection is gone")

        create(first)
        with ThreadPoolExecutor(1) as pool:
            claim = pool.submit(first.behind(fence).ledger.settle, ["uid-nightly"], decide, NOW)  # type: ignore[arg-type]
            assert stopped.wait(10)
            begun = time.monotonic()
            taken = second.lease.acquire("next", "node", 2, 0.0, 60)
            assert time.monotonic() - begun < LEASE_SECONDS
            go_on.set()
            with pytest.raises((AssertionError, StoreUnavailable)):
                claim.result(10)
    assert taken is not None


def test_a_leader_that_is_stopped_while_it_is_sent_an_answer_is_cut_off_when_its_lease_is_over(
    migrated_postgres: str,
) -> None:
    """The server waits for it to read, longer than any timeout; whoever wants to lead ends its connections."""
    with opened(migrated_postgres) as second, psycopg.connect(migrated_postgres) as stopped:
        # What the leader's process does, but nobody reads the answer: it is larger than what lies between.
        with engine_of(migrated_postgres) as engine, write(engine) as connection:
            name = engine.get_execution_options()["connections"]
            vacant = lease.insert().values(name="leader", owner="stopped", node="n", pid=1, pid_started=0.0, term=1)
            times = {"acquired_at": NOW, "expires_at": database_now(), "connections": name}
            connection.execute(vacant.values(**times))
        stopped.execute(f"SET application_name = '{name}'".encode())
        stopped.commit()
        stopped.execute("SELECT term FROM lease FOR SHARE")
        stopped.pgconn.send_query(b"SELECT repeat('x', 1000000) FROM generate_series(1, 50)")

        taken = second.lease.acquire("next", "node", 2, 0.0, 60)

        assert taken is not None
        assert taken.term == 2
        stopped.close()


def test_times_are_utc_whatever_zone_the_database_prefers(migrated_postgres: str) -> None:
    with psycopg.connect(migrated_postgres, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} SET timezone TO 'Asia/Kathmandu'".encode())
    with opened(migrated_postgres) as stores:
        stores.journal.publish([Happening(at=NOW, kind="timed")])
        assert stores.journal.newest(1)[0].at.isoformat() == NOW.isoformat()


def test_many_may_open_a_new_sqlite_file_at_once(tmp_path: Path) -> None:
    """Whoever comes while another one switches a new file to the write-ahead log is refused at once by SQLite."""

    def use(number: int) -> str:
        with opened(f"sqlite:///{tmp_path}/{number // 6}.db") as stores:
            return stores.database.check()

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(use, range(240))) == {""}
